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
        var weights = new TorchWeights(model);
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
        var parts = new List<Tensor>();
        foreach (float[] part in rows.Parts())
        {
            if (quantiser is not null)
                RoundTrip(part, rows.Columns, quantiser);
            parts.Add(tensor(part, [part.Length / rows.Columns, rows.Columns]));
        }
        Tensor whole = cat(parts, 0);
        return (rows.IsVector ? whole.view(-1) : whole).MoveToOuterDisposeScope();
    }

    private static void RoundTrip(float[] part, int columns, BlockQuantiser quantiser)
    {
        float[] scales = new float[quantiser.Blocks(columns)];
        byte[] packed = new byte[scales.Length * quantiser.BlockBytes];
        for (int start = 0; start < part.Length; start += columns)
        {
            Span<float> row = part.AsSpan(start, columns);
            quantiser.Quantise(row, packed, scales);
            quantiser.Dequantise(packed, scales, row);
        }
    }
}
