using Puzzle.Architectures;
using Puzzle.Deployment.Onnx;

namespace Puzzle.Deployment.Export;

/// <summary>
/// The residual stream while a graph is built: what subblocks add to is kept apart from what the last one adds, so that the addition is
/// fused with the norm that follows.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="weights">The norms' scales.</param>
/// <param name="options">The operators.</param>
/// <param name="config">The model's shape: the epsilon of its norms, where they stand, and what subblocks are multiplied by.</param>
/// <param name="start">The name of the stream's first value, [B, T, D].</param>
internal sealed class ResidualStream(
    GraphBuilder graph, IWeightTensors weights, OnnxExportOptions options, ModelConfig config, string start)
{
    private string _value = start;
    private string? _addend;

    /// <summary>Gives what a subblock reads: the norm of the stream as it is now, or the stream itself.</summary>
    /// <param name="norm">The whole name of the weight of the norm before the subblock.</param>
    /// <returns>The name of [B, T, D].</returns>
    public string Enter(string norm) => config.Norms.HasBefore ? Normalize(norm) : Flush();

    /// <summary>Says what a subblock adds to the stream next.</summary>
    /// <param name="output">The name of the subblock's output, [B, T, D].</param>
    /// <param name="norm">The whole name of the weight of the norm after the subblock.</param>
    public void Leave(string output, string norm)
    {
        string addend = config.Norms.HasAfter ? Normalized(output, weights.Floats(norm, config.HiddenSize)) : output;
        _addend = config.ResidualMultiplier == 1
            ? addend
            : graph.Add("Mul", [addend, graph.Number(config.ResidualMultiplier, options.FloatType)]);
    }

    /// <summary>Adds the norm of some value over its last dimension.</summary>
    /// <param name="value">The name of [..., n].</param>
    /// <param name="gamma">The name of the norm's weight, [n].</param>
    /// <returns>The name of [..., n].</returns>
    public string Normalized(string value, string gamma) => graph.Add(
        options.Operators == OnnxOperators.Standard ? "RMSNormalization" : "SimplifiedLayerNormalization",
        [value, gamma],
        Attributes.Int("axis", -1),
        Attributes.Float("epsilon", config.RmsNormEpsilon),
        Attributes.Int("stash_type", 1));

    /// <summary>Adds the norm of the stream as it is now.</summary>
    /// <param name="scale">The whole name of the norm's weight.</param>
    /// <param name="last">Whether nothing is added to the stream any more.</param>
    /// <returns>The name of [B, T, D].</returns>
    public string Normalize(string scale, bool last = false)
    {
        string gamma = weights.Floats(scale, config.HiddenSize);
        if (options.Operators == OnnxOperators.Standard || _addend is null)
            return Normalized(Flush(), gamma);

        string normalized = graph.NewName("SkipSimplifiedLayerNormalization");
        string sum = graph.NewName("residual");
        string[] outputs = last ? [normalized] : [normalized, "", "", sum];
        graph.Add(
            GraphBuilder.Contrib, "SkipSimplifiedLayerNormalization", [_value, _addend, gamma], outputs,
            Attributes.Float("epsilon", config.RmsNormEpsilon));
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
