namespace Puzzle.Text;

/// <summary>What becomes of the parts of a text that match a splitting pattern.</summary>
internal enum SplitBehavior
{
    /// <summary>Matches are dropped.</summary>
    Removed,

    /// <summary>Each match is a piece of its own.</summary>
    Isolated,

    /// <summary>A match belongs to the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>A match belongs to the piece after it.</summary>
    MergedWithNext,

    /// <summary>Adjacent matches are one piece.</summary>
    Contiguous,
}
