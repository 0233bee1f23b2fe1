namespace Puzzle.Work;

/// <summary>How a unit stands.</summary>
public enum UnitStatus
{
    /// <summary>Nobody has it; it may have failed before.</summary>
    Missing,

    /// <summary>A worker that was heard of lately has it.</summary>
    Running,

    /// <summary>Its result is in a worker's library.</summary>
    Done,

    /// <summary>It failed, or its workers died, too often: nobody takes it any more.</summary>
    Quarantined,
}
