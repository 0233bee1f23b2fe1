using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>How a subblock leaves the residual stream and comes back: its norms before and after, and what its output is multiplied
/// by.</summary>
internal sealed class ResidualBranch(RmsNorm? before, RmsNorm? after, double multiplier)
{
    private readonly Scalar _multiplier = multiplier.ToScalar();

    /// <summary>Gives what the subblock reads, [B, T, D].</summary>
    public Tensor Enter(Tensor hidden) => before is null ? hidden : before.Forward(hidden);

    /// <summary>Gives what matrices read that the norm's weight is folded into, [B, T, D].</summary>
    public Tensor EnterFolded(Tensor hidden) => before is null ? hidden : before.Normalize(hidden);

    /// <summary>Multiplies the weight of the norm before into a matrix that reads its output.</summary>
    public Tensor Fold(Tensor matrix) => before is null ? matrix : before.Fold(matrix);

    /// <summary>Adds the subblock's output to the stream.</summary>
    public Tensor Leave(Tensor hidden, Tensor output) => hidden.add(after is null ? output : after.Forward(output), _multiplier);
}
