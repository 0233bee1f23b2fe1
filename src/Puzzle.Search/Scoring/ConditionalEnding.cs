namespace Puzzle.Search.Scoring;

/// <summary>Why conditional re-scoring ended.</summary>
public enum ConditionalEnding
{
    /// <summary>The search chose an architecture again that it had chosen before.</summary>
    Stable,

    /// <summary>The last architecture measured no better than the best before it.</summary>
    NoImprovement,

    /// <summary>The most rounds were done.</summary>
    MaxRounds,

    /// <summary>The solver had no answer.</summary>
    NoAnswer,
}
