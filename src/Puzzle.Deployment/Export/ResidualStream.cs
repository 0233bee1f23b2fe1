using Puzzle.Deployment.Onnx;

namespace Puzzle.Deployment.Export;

/// <summary>
/// The residual stream while a graph is built: what subblocks add to is kept apart from what the last one adds, so that the addition is fused
/// with the norm that follows.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="weights">The norms' scales.</param>
/// <param name="options">The operators.</param>
/// <param name="epsilon">Of all norms.</param>
/// <param name="start">The name of the stream's first value, [B, T, D].</param>
/// <param name="hiddenSize">D.</param>
internal sealed class ResidualStream(
    GraphBuilder graph, IWeightTensors weights, OnnxExportOptions options, double epsilon, string start, int hiddenSize)
{
    private string _value = start;
    private string? _addend;

    /// <summary>Says what is added to the stream next.</summary>
    /// <param name="addend">The name of [B, T, D].</param>
    public void Add(string addend) => _addend = addend;

    /// <summary>Adds the norm of the stream as it is now.</summary>
    /// <param name="scale">The whole name of the norm's weight.</param>
    /// <param name="last">Whether nothing is added to the stream any more.</param>
    /// <returns>The name of [B, T, D].</returns>
    public string Normalize(string scale, bool last = false)
    {
        string gamma = weights.Floats(scale, hiddenSize);
        if (options.Operators == OnnxOperators.Standard)
            return graph.Add("RMSNormalization", [Flush(), gamma], Attributes.Int("axis", -1), Attributes.Float("epsilon", epsilon), Attributes.Int("stash_type", 1));
        if (_addend is null)
            return graph.Add("SimplifiedLayerNormalization", [_value, gamma], Attributes.Int("axis", -1), Attributes.Float("epsilon", epsilon), Attributes.Int("stash_type", 1));

        string normalized = graph.NewName("SkipSimplifiedLayerNormalization");
        string sum = graph.NewName("residual");
        string[] outputs = last ? [normalized] : [normalized, "", "", sum];
        graph.Add(GraphBuilder.Contrib, "SkipSimplifiedLayerNormalization", [_value, _addend, gamma], outputs, Attributes.Float("epsilon", epsilon));
        (_value, _addend) = (sum, null);
        return normalized;
    }

    /// <summary>Gives the stream as it is now, everything added.</summary>
    /// <returns>The name of [B, T, D].</returns>
    public string Flush()
    {
        if (_addend is not null)
            (_value, _addend) = (graph.Add("Add", [_value, _addend]), null);
        return _value;
    }
}
