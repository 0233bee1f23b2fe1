using static TorchSharp.torch;

namespace Puzzle.Distillation.Losses;

/// <summary>MSE(parent, child) / MSE(parent, 0) over a batch: the loss of blockwise distillation (paper section 3).</summary>
internal static class NormalizedMse
{
    /// <param name="parent">The parent block's output, no gradient.</param>
    /// <param name="child">The child block's output.</param>
    /// <returns>A scalar, 32-bit.</returns>
    public static Tensor Of(Tensor parent, Tensor child)
    {
        Tensor target = parent.to(ScalarType.Float32);
        Tensor difference = child.to(ScalarType.Float32).sub(target);
        return difference.mul(difference).mean().div(target.mul(target).mean());
    }

    /// <summary>Gives what some windows of a batch add to the loss of all of it.</summary>
    /// <param name="parent">The parent block's output on the batch, no gradient.</param>
    /// <param name="part">The part of it that the windows are.</param>
    /// <param name="child">The child block's output on the windows.</param>
    /// <returns>A scalar, 32-bit.</returns>
    public static Tensor ShareOf(Tensor parent, Tensor part, Tensor child)
    {
        Tensor target = parent.to(ScalarType.Float32);
        Tensor difference = child.to(ScalarType.Float32).sub(part.to(ScalarType.Float32));
        return difference.mul(difference).sum().div(target.mul(target).sum());
    }
}
