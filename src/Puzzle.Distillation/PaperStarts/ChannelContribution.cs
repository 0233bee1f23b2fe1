using Puzzle.Architectures;
using Puzzle.Models;
using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.PaperStarts;

/// <summary>
/// How much each FFN channel contributes to the output over calibration text: mean |X_i| times the norm of column i of
/// the down projection, which is exactly how far the output moves, on average, when that channel is dropped (paper appendix A).
/// </summary>
internal static class ChannelContribution
{
    /// <summary>Measures every channel; the caller disposes the result.</summary>
    /// <param name="ffn">The parent's FFN.</param>
    /// <param name="inputs">The residual stream the FFN sees, batches of [B, T, D].</param>
    /// <param name="batches">The number of batches to use, the first; at least one.</param>
    /// <returns>[F], 32-bit floats.</returns>
    public static Tensor Measure(GatedFeedForward ffn, IReadOnlyList<Tensor> inputs, int batches)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor? sum = null;
        long tokens = 0;
        for (int batch = 0; batch < batches; batch++)
        {
            using var batchScope = NewDisposeScope();
            Tensor input = inputs[batch];
            Tensor magnitudes = ffn.Intermediate(input).abs().to(ScalarType.Float32).sum([0L, 1L]);
            sum = (sum is null ? magnitudes : sum.add(magnitudes, Scalars.One)).MoveToOuterDisposeScope();
            tokens += input.size(0) * input.size(1);
        }
        if (sum is null)
            throw new ArgumentException("There is no calibration text.", nameof(batches));
        Tensor columnNorms = ffn.Weights[WeightNames.Down].to(ScalarType.Float32).norm(0, p: 2f);
        using Scalar count = ((double)tokens).ToScalar();
        return sum.div(count).mul(columnNorms).MoveToOuterDisposeScope();
    }
}
