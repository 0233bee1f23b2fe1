using System.Collections.Concurrent;
using Puzzle.Library;
using Puzzle.Work;

namespace Puzzle.Search.Scoring;

/// <summary>Which candidates this process may score, if others score some too.</summary>
/// <param name="gate">Asked before each.</param>
/// <param name="idOf">Names a candidate's unit.</param>
internal sealed class SharedCandidates(IUnitGate gate, Func<BlockVariant, string> idOf)
{
    private readonly ConcurrentDictionary<string, bool> _begun = new(StringComparer.Ordinal);

    /// <summary>Asks for a candidate; one that was begun and did not end is this process's still.</summary>
    public bool TryBegin(BlockVariant block)
    {
        string id = idOf(block);
        return _begun.ContainsKey(id) || (gate.TryBegin(id) && _begun.TryAdd(id, true));
    }

    public void Complete(BlockVariant block)
    {
        gate.Complete(idOf(block));
        _begun.TryRemove(idOf(block), out _);
    }

    public bool Fail(BlockVariant block, Exception cause) => _begun.TryRemove(idOf(block), out _) & gate.Fail(idOf(block), cause);
}
