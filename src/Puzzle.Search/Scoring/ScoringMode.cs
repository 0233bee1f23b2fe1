namespace Puzzle.Search.Scoring;

/// <summary>How a block's score comes about.</summary>
public enum ScoringMode
{
    /// <summary>Every composed block is put in and measured: exact (paper section 4.1).</summary>
    Composed,

    /// <summary>Every subblock variant is measured beside the parent's other half, and a block scores the sum of its halves' changes.
    /// Cheaper, and wrong where halves compensate each other: see <see cref="AdditiveError"/>.</summary>
    Additive,
}
