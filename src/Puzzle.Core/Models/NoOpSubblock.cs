using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>A subblock that was left out: the residual stream passes unchanged, and no norm remains.</summary>
public sealed class NoOpSubblock : Subblock
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor hidden, RotaryTable rotary, LayerCache? cache = null) => hidden;
}
