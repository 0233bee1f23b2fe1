using Puzzle.Architectures;
using Puzzle.Deployment.Onnx;

namespace Puzzle.Deployment.Export;

/// <summary>Adds subblocks to a residual stream; a no-op adds nothing, not even its norms.</summary>
/// <param name="graph">The graph.</param>
/// <param name="weights">The weights.</param>
/// <param name="config">The model's shape.</param>
/// <param name="options">Precision and operators.</param>
/// <param name="linear">Adds products.</param>
/// <param name="stream">The residual stream.</param>
/// <param name="attention">Adds attention; called only where there is some.</param>
internal sealed class SubblockGraph(
    GraphBuilder graph, IWeightTensors weights, ModelConfig config, OnnxExportOptions options, LinearGraph linear, ResidualStream stream,
    Func<AttentionGraph> attention)
{
    private readonly Lazy<AttentionGraph> _attention = new(attention);
    private readonly FfnGraph _ffn = new(graph, weights, config, options, linear);

    /// <summary>Adds an attention subblock.</summary>
    /// <param name="layer">The layer, for the names of its cache.</param>
    /// <param name="prefix">What the names of its weights start with.</param>
    /// <param name="subblock">What it is.</param>
    public void Attention(int layer, string prefix, AttentionConfig subblock)
    {
        if (subblock is NoOpAttentionConfig)
            return;
        string x = stream.Enter(prefix + WeightNames.AttentionNorm);
        string output = subblock is GroupedQueryAttentionConfig gqa
            ? Attend(layer, prefix, x, gqa)
            : Linear(
                x, prefix + WeightNames.LinearAttention, config.Attention.HasLinearBias ? prefix + WeightNames.LinearAttentionBias : null);
        stream.Leave(output, prefix + WeightNames.AttentionAfterNorm);
    }

    /// <summary>Adds an FFN subblock.</summary>
    /// <param name="prefix">What the names of its weights start with.</param>
    /// <param name="subblock">What it is.</param>
    public void Ffn(string prefix, FfnConfig subblock)
    {
        if (subblock is NoOpFfnConfig)
            return;
        string x = stream.Enter(prefix + WeightNames.FfnNorm);
        string output = subblock switch
        {
            GatedFfnConfig gated => _ffn.Gated(prefix, x, gated.IntermediateSize),
            MixtureFfnConfig mixture => _ffn.Mixture(prefix, x, mixture),
            _ => Linear(x, prefix + WeightNames.LinearFfn, config.Ffn.Bias ? prefix + WeightNames.LinearFfnBias : null),
        };
        stream.Leave(output, prefix + WeightNames.FfnAfterNorm);
    }

    private string Attend(int layer, string prefix, string x, GroupedQueryAttentionConfig gqa)
    {
        AttentionFeatures features = config.Attention;
        int hidden = config.HiddenSize;
        int width = config.AttentionHeads * config.HeadSize;
        int keyValueWidth = gqa.KeyValueHeads * config.HeadSize;
        (string query, string key, string value) = Project(prefix, x, width, keyValueWidth);
        if (features.QueryKeyNorm is not QueryKeyNorm.None)
        {
            query = Normalized(query, prefix + WeightNames.QueryNorm, config.AttentionHeads);
            key = Normalized(key, prefix + WeightNames.KeyNorm, gqa.KeyValueHeads);
        }
        string? sinks = features.Sinks ? weights.Floats(prefix + WeightNames.Sinks, config.AttentionHeads) : null;
        string attended = _attention.Value.Apply(layer, query, key, value, gqa, sinks);
        return linear.Apply(
            attended, prefix + WeightNames.Output, features.OutputBias ? prefix + WeightNames.OutputBias : null, hidden, width);
    }

    /// <summary>Adds queries, keys and values: one product where attention takes them together, which saves two nodes and the
    /// quantization of two activations.</summary>
    private (string Query, string Key, string Value) Project(string prefix, string x, int width, int keyValueWidth)
    {
        AttentionFeatures features = config.Attention;
        return features.QueryKeyNorm is QueryKeyNorm.None && _attention.Value.TakesPacked
            ? (Product(
                JoinedName.Of(prefix + WeightNames.Query, prefix + WeightNames.Key, prefix + WeightNames.Value),
                JoinedName.Of(prefix + WeightNames.QueryBias, prefix + WeightNames.KeyBias, prefix + WeightNames.ValueBias),
                width + (2 * keyValueWidth)), "", "")
            : (Product(prefix + WeightNames.Query, prefix + WeightNames.QueryBias, width),
                Product(prefix + WeightNames.Key, prefix + WeightNames.KeyBias, keyValueWidth),
                Product(prefix + WeightNames.Value, prefix + WeightNames.ValueBias, keyValueWidth));

        string Product(string weight, string bias, int rows) =>
            linear.Apply(x, weight, features.QueryKeyValueBias ? bias : null, rows, config.HiddenSize);
    }

    /// <summary>Normalizes queries or keys: every head by itself, or all together.</summary>
    private string Normalized(string x, string norm, int heads)
    {
        if (config.Attention.QueryKeyNorm is QueryKeyNorm.FullWidth)
            return stream.Normalized(x, weights.Floats(norm, (long)heads * config.HeadSize));
        string split = graph.Add("Reshape", [x, graph.Constant(0, 0, heads, config.HeadSize)]);
        string normalized = stream.Normalized(split, weights.Floats(norm, config.HeadSize));
        return graph.Add("Reshape", [normalized, graph.Constant(0, 0, (long)heads * config.HeadSize)]);
    }

    private string Linear(string x, string matrix, string? bias) => linear.Apply(x, matrix, bias, config.HiddenSize, config.HiddenSize);
}
