namespace Puzzle.Search.Solving.Exact;

/// <summary>Where the search of a model is; each phase says which comes next.</summary>
internal enum ExactPhase
{
    /// <summary>Label searches of moderate width, at thresholds that rise from the bound.</summary>
    Labels,

    /// <summary>The problem is hard: a better incumbent, a better bound, and a first look by branch and bound.</summary>
    Strengthening,

    /// <summary>Label searches again, from the better bound and up to the better incumbent.</summary>
    HardLabels,

    /// <summary>A label search was too wide: the next is narrower in its threshold, or wider in its labels.</summary>
    Widening,

    /// <summary>Labels are too many at any width: branch and bound to the end.</summary>
    Branching,

    /// <summary>Proven, close enough, or out of time.</summary>
    Ended,
}
