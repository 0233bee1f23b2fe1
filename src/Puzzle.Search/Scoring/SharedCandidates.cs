using Puzzle.Library;
using Puzzle.Work;

namespace Puzzle.Search.Scoring;

/// <summary>Which candidates this process may score, if others score some too.</summary>
/// <param name="gate">Asked before each.</param>
/// <param name="idOf">Names a candidate's unit.</param>
internal sealed class SharedCandidates(IUnitGate gate, Func<BlockVariant, string> idOf)
{
    public bool TryBegin(BlockVariant block) => gate.TryBegin(idOf(block));

    public void Complete(BlockVariant block) => gate.Complete(idOf(block));

    public bool Fail(BlockVariant block, Exception cause) => gate.Fail(idOf(block), cause);
}
