using Puzzle.Work;

namespace Puzzle.Distillation.Blockwise;

/// <summary>Which units this process may make, if others make some too.</summary>
/// <param name="IsWanted">Whether a unit is to be made at all.</param>
/// <param name="Gate">Asked before each.</param>
internal sealed record SharedUnits(Func<BlockUnit, bool> IsWanted, IUnitGate Gate)
{
    public bool TryBegin(BlockUnit unit) => Gate.TryBegin(BlockUnits.IdOf(unit));

    public void Complete(BlockUnit unit) => Gate.Complete(BlockUnits.IdOf(unit));

    public bool Fail(BlockUnit unit, Exception cause) => Gate.Fail(BlockUnits.IdOf(unit), cause);
}
