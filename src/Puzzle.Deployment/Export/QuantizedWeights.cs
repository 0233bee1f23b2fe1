using System.Runtime.InteropServices;
using Puzzle.Foundation;
using Puzzle.Architectures;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Deployment.Export;

/// <summary>Shows what quantization does to a model, so that its quality can be evaluated before anything is exported.</summary>
public static class QuantizedWeights
{
    /// <summary>Creates the torch model that computes what a quantized graph computes at accuracy levels 0 and 1.</summary>
    /// <param name="model">The model; stays as it is.</param>
    /// <param name="options">Precision, block size and whether the embedding is quantized.</param>
    /// <returns>A model of 32-bit floats on the model's device, owned by the caller. Its head is untied where only the head is
    /// quantized.</returns>
    /// <exception cref="ArgumentException">The options ask for no quantization or are out of range.</exception>
    public static CausalLanguageModel Simulate(CausalLanguageModel model, OnnxExportOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options = OptionsCheck.Valid(options);
        if (options.QuantizedBits == 0)
            throw new ArgumentException($"{options.Precision} weights are not quantized.", nameof(options));
        var quantizer = new RowQuantizer(options.QuantizedBits, options.BlockSize);
        TorchWeights weights = TorchWeights.Of(model);
        string storedHead = model.Config.TieWordEmbeddings ? WeightNames.Embedding : WeightNames.Head;
        ModelConfig config = model.Config with { TieWordEmbeddings = model.Config.TieWordEmbeddings && options.QuantizeEmbedding };
        return CausalLanguageModel.Create(config, name =>
        {
            WeightRows rows = weights.Find(name == WeightNames.Head ? storedHead : name);
            bool quantized = !rows.IsVector && (name != WeightNames.Embedding || options.QuantizeEmbedding);
            return ToTensor(rows, quantized ? quantizer : null, model.Device);
        });
    }

    private static Tensor ToTensor(WeightRows rows, RowQuantizer? quantizer, Device device)
    {
        using var scope = NewDisposeScope();
        Tensor whole = rows.IsVector
            ? empty([rows.Columns], ScalarType.Float32, CPU)
            : empty([rows.Rows, rows.Columns], ScalarType.Float32, CPU);
        Tensor matrix = whole.view(rows.Rows, rows.Columns);
        int filled = 0;
        rows.ForEachPart(part =>
        {
            int count = part.Length / rows.Columns;
            Tensor target = matrix.narrow(0, filled, count);
            Span<float> values = MemoryMarshal.Cast<byte, float>(target.bytes);
            part.CopyTo(values);
            if (quantizer is not null)
                RoundTrip(values, rows.Columns, quantizer);
            GC.KeepAlive(target);
            filled += count;
        });
        return whole.to(device).MoveToOuterDisposeScope();
    }

    private static void RoundTrip(Span<float> part, int columns, RowQuantizer quantizer)
    {
        float[] scales = new float[quantizer.Blocks(columns)];
        byte[] packed = new byte[scales.Length * quantizer.BlockBytes];
        for (int start = 0; start < part.Length; start += columns)
        {
            Span<float> row = part.Slice(start, columns);
            quantizer.Quantize(row, packed, scales);
            quantizer.Dequantize(packed, scales, row);
        }
    }
}
