using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>A subblock that was left out: the residual stream passes unchanged, and no norm remains.</summary>
internal sealed class NoOpSubblock : Subblock
{
    private protected override Tensor Compute(Tensor hidden, RotaryTable rotary, LayerCache? cache) => hidden;
}
