namespace Puzzle.Pipeline;

/// <summary>Why conditional re-scoring ended.</summary>
public enum ConditionalEnding
{
    /// <summary>No change of the best architecture promised to measure better, beyond those that were tried.</summary>
    Stable,

    /// <summary>As often as allowed, scores were measured again.</summary>
    MaxRounds,

    /// <summary>The search had no answer.</summary>
    NoAnswer,
}
