using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Losses;

/// <summary>The squared error over the parent's square, of each vector or sequence on its own, then averaged.</summary>
internal static class RelativeError
{
    private static readonly long[] Vector = [-1];
    private static readonly long[] Sequence = [-2, -1];
    private static readonly Scalar Epsilon = 1e-6.ToScalar();

    /// <summary>The mean over tokens of |parent - child|^2 / (|parent|^2 + 1e-6).</summary>
    /// <param name="parent">The parent block's output, [B, T, D], no gradient.</param>
    /// <param name="child">The child block's output.</param>
    /// <returns>A scalar, 32-bit.</returns>
    public static Tensor PerToken(Tensor parent, Tensor child) => Mean(parent, child, Vector);

    /// <summary>The mean over sequences of the same ratio, taken over all numbers of a sequence.</summary>
    /// <param name="parent">The parent block's output, [B, T, D], no gradient.</param>
    /// <param name="child">The child block's output.</param>
    /// <returns>A scalar, 32-bit.</returns>
    public static Tensor PerSequence(Tensor parent, Tensor child) => Mean(parent, child, Sequence);

    private static Tensor Mean(Tensor parent, Tensor child, long[] dimensions)
    {
        Tensor target = parent.to(ScalarType.Float32);
        Tensor difference = child.to(ScalarType.Float32).sub(target);
        Tensor energy = target.mul(target).sum(dimensions).add(Epsilon, Scalars.One);
        return difference.mul(difference).sum(dimensions).div(energy).mean();
    }
}
