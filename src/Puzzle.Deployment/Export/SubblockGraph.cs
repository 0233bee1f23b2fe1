using Puzzle.Architectures;
using Puzzle.Deployment.Onnx;

namespace Puzzle.Deployment.Export;

/// <summary>Adds subblocks to a residual stream; a no-op adds nothing, not even its norm.</summary>
/// <param name="graph">The graph.</param>
/// <param name="config">The model's shape.</param>
/// <param name="linear">Adds products.</param>
/// <param name="stream">The residual stream.</param>
/// <param name="attention">Adds attention; called only where there is some.</param>
internal sealed class SubblockGraph(GraphBuilder graph, ModelConfig config, LinearGraph linear, ResidualStream stream, Func<AttentionGraph> attention)
{
    private readonly Lazy<AttentionGraph> _attention = new(attention);

    /// <summary>Adds an attention subblock.</summary>
    /// <param name="layer">The layer, for the names of its cache.</param>
    /// <param name="prefix">What the names of its weights start with.</param>
    /// <param name="subblock">What it is.</param>
    public void Attention(int layer, string prefix, AttentionConfig subblock)
    {
        int hidden = config.HiddenSize;
        switch (subblock)
        {
            case GroupedQueryAttentionConfig { KeyValueHeads: var heads }:
                int width = config.AttentionHeads * config.HeadSize, keyValueWidth = heads * config.HeadSize;
                string x = stream.Normalize(prefix + WeightNames.AttentionNorm);
                string attended = _attention.Value.Apply(
                    layer,
                    linear.Apply(x, prefix + WeightNames.Query, width, hidden),
                    linear.Apply(x, prefix + WeightNames.Key, keyValueWidth, hidden),
                    linear.Apply(x, prefix + WeightNames.Value, keyValueWidth, hidden),
                    heads);
                stream.Add(linear.Apply(attended, prefix + WeightNames.Output, hidden, width));
                break;
            case LinearAttentionConfig:
                Linear(prefix, WeightNames.AttentionNorm, WeightNames.LinearAttention);
                break;
        }
    }

    /// <summary>Adds an FFN subblock.</summary>
    /// <param name="prefix">What the names of its weights start with.</param>
    /// <param name="subblock">What it is.</param>
    public void Ffn(string prefix, FfnConfig subblock)
    {
        int hidden = config.HiddenSize;
        switch (subblock)
        {
            case GatedFfnConfig { IntermediateSize: var width }:
                string x = stream.Normalize(prefix + WeightNames.FfnNorm);
                string gate = linear.Apply(x, prefix + WeightNames.Gate, width, hidden);
                string up = linear.Apply(x, prefix + WeightNames.Up, width, hidden);
                string silu = graph.Add("Mul", [gate, graph.Add("Sigmoid", [gate])]);
                stream.Add(linear.Apply(graph.Add("Mul", [silu, up]), prefix + WeightNames.Down, hidden, width));
                break;
            case LinearFfnConfig:
                Linear(prefix, WeightNames.FfnNorm, WeightNames.LinearFfn);
                break;
        }
    }

    private void Linear(string prefix, string norm, string matrix) =>
        stream.Add(linear.Apply(stream.Normalize(prefix + norm), prefix + matrix, config.HiddenSize, config.HiddenSize));
}
