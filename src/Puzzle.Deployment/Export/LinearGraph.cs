using Puzzle.Deployment.Onnx;

namespace Puzzle.Deployment.Export;

/// <summary>Adds products with weight matrices, in the form the options ask for.</summary>
internal sealed class LinearGraph(GraphBuilder graph, IWeightTensors weights, OnnxExportOptions options)
{
    /// <summary>Adds x W^T.</summary>
    /// <param name="x">The name of [..., in].</param>
    /// <param name="weight">The matrix's whole name.</param>
    /// <param name="rows">Out.</param>
    /// <param name="columns">In.</param>
    /// <returns>The name of [..., out].</returns>
    public string Apply(string x, string weight, int rows, int columns)
    {
        if (options.QuantizedBits > 0)
        {
            QuantizedMatrix matrix = weights.Quantized(weight, rows, columns);
            return graph.AddContrib(
                "MatMulNBits",
                [x, matrix.Integers, matrix.Scales],
                Attributes.Int("K", columns),
                Attributes.Int("N", rows),
                Attributes.Int("bits", options.QuantizedBits),
                Attributes.Int("block_size", options.BlockSize),
                Attributes.Int("accuracy_level", options.AccuracyLevel));
        }
        return options.Operators == OnnxOperators.Standard
            ? graph.Add("MatMul", [x, weights.Transposed(weight, rows, columns)])
            : Fused(x, weights.Floats(weight, rows, columns));
    }

    /// <summary>Adds x W^T + b.</summary>
    /// <param name="x">The name of [..., in].</param>
    /// <param name="weight">The matrix's whole name.</param>
    /// <param name="bias">The vector's whole name; null for none.</param>
    /// <param name="rows">Out.</param>
    /// <param name="columns">In.</param>
    /// <returns>The name of [..., out].</returns>
    public string Apply(string x, string weight, string? bias, int rows, int columns)
    {
        string product = Apply(x, weight, rows, columns);
        return bias is null ? product : graph.Add("Add", [product, weights.Floats(bias, rows)]);
    }

    /// <summary>Adds x E^T where E, [V, D], is the embedding that the graph has as floats already.</summary>
    /// <param name="x">The name of [..., D].</param>
    /// <param name="embedding">E's name in the graph.</param>
    public string ApplyEmbedding(string x, string embedding) => options.Operators == OnnxOperators.Standard
        ? graph.Add("MatMul", [x, graph.Add("Transpose", [embedding])])
        : Fused(x, embedding);

    private string Fused(string x, string matrix) =>
        graph.AddContrib(
            "FusedMatMul", [x, matrix], Attributes.Int("transA", 0), Attributes.Int("transB", 1), Attributes.Float("alpha", 1));
}
