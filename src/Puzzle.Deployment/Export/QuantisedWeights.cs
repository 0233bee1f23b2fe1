using System.Runtime.InteropServices;
using Puzzle.Checkpoints;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Deployment.Export;

/// <summary>Shows what quantisation does to a model, so that its quality can be evaluated before anything is exported.</summary>
public static class QuantisedWeights
{
    /// <summary>Creates the torch model that computes what a quantised graph computes at accuracy levels 0 and 1.</summary>
    /// <param name="model">The model; stays as it is.</param>
    /// <param name="options">Precision, block size and whether the embedding is quantised.</param>
    /// <returns>A model of 32-bit floats on the CPU, owned by the caller. Its head is untied where only the head is quantised.</returns>
    /// <exception cref="ArgumentException">The options ask for no quantisation or are out of range.</exception>
    public static CausalLanguageModel Simulate(CausalLanguageModel model, OnnxExportOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (options.QuantisedBits == 0)
            throw new ArgumentException($"{options.Precision} weights are not quantised.", nameof(options));
        var quantiser = new BlockQuantiser(options.QuantisedBits, options.BlockSize);
        TorchWeights weights = TorchWeights.Of(model);
        string storedHead = model.Config.TieWordEmbeddings ? HuggingFaceNames.Embedding : HuggingFaceNames.Head;
        ModelConfig config = model.Config with { TieWordEmbeddings = model.Config.TieWordEmbeddings && options.QuantiseEmbedding };
        return CausalLanguageModel.Create(config, name =>
        {
            WeightRows rows = weights.Find(name == HuggingFaceNames.Head ? storedHead : name);
            bool quantised = !rows.IsVector && (name != HuggingFaceNames.Embedding || options.QuantiseEmbedding);
            return ToTensor(rows, quantised ? quantiser : null);
        });
    }

    private static Tensor ToTensor(WeightRows rows, BlockQuantiser? quantiser)
    {
        using var scope = NewDisposeScope();
        Tensor whole = rows.IsVector ? empty([rows.Columns], ScalarType.Float32, CPU) : empty([rows.Rows, rows.Columns], ScalarType.Float32, CPU);
        Tensor matrix = whole.view(rows.Rows, rows.Columns);
        int filled = 0;
        rows.ForEachPart(part =>
        {
            int count = part.Length / rows.Columns;
            Tensor target = matrix.narrow(0, filled, count);
            Span<float> values = MemoryMarshal.Cast<byte, float>(target.bytes);
            part.CopyTo(values);
            if (quantiser is not null)
                RoundTrip(values, rows.Columns, quantiser);
            GC.KeepAlive(target);
            filled += count;
        });
        return whole.MoveToOuterDisposeScope();
    }

    private static void RoundTrip(Span<float> part, int columns, BlockQuantiser quantiser)
    {
        float[] scales = new float[quantiser.Blocks(columns)];
        byte[] packed = new byte[scales.Length * quantiser.BlockBytes];
        for (int start = 0; start < part.Length; start += columns)
        {
            Span<float> row = part.Slice(start, columns);
            quantiser.Quantise(row, packed, scales);
            quantiser.Dequantise(packed, scales, row);
        }
    }
}
