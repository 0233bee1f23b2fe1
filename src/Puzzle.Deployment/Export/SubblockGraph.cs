using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Deployment.Onnx;
using Puzzle.Models;

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
                string x = stream.Normalize(prefix + HuggingFaceNames.AttentionNorm);
                string attended = _attention.Value.Apply(
                    layer,
                    linear.Apply(x, prefix + HuggingFaceNames.Query, width, hidden),
                    linear.Apply(x, prefix + HuggingFaceNames.Key, keyValueWidth, hidden),
                    linear.Apply(x, prefix + HuggingFaceNames.Value, keyValueWidth, hidden),
                    heads);
                stream.Add(linear.Apply(attended, prefix + HuggingFaceNames.Output, hidden, width));
                break;
            case LinearAttentionConfig:
                Linear(prefix, HuggingFaceNames.AttentionNorm, HuggingFaceNames.LinearAttention);
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
                string x = stream.Normalize(prefix + HuggingFaceNames.FfnNorm);
                string gate = linear.Apply(x, prefix + HuggingFaceNames.Gate, width, hidden);
                string up = linear.Apply(x, prefix + HuggingFaceNames.Up, width, hidden);
                string silu = graph.Add("Mul", [gate, graph.Add("Sigmoid", [gate])]);
                stream.Add(linear.Apply(graph.Add("Mul", [silu, up]), prefix + HuggingFaceNames.Down, hidden, width));
                break;
            case LinearFfnConfig:
                Linear(prefix, HuggingFaceNames.FfnNorm, HuggingFaceNames.LinearFfn);
                break;
        }
    }

    private void Linear(string prefix, string norm, string matrix) =>
        stream.Add(linear.Apply(stream.Normalize(prefix + norm), prefix + matrix, config.HiddenSize, config.HiddenSize));
}
