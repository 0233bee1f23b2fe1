using Puzzle.Architectures;

namespace Puzzle.Pipeline;

/// <summary>One of several near-optimal architectures that were tried whole.</summary>
/// <param name="Architecture">Its blocks.</param>
/// <param name="Score">Its summed score.</param>
/// <param name="Trials">How it did, as assembled first; the better half of a round goes on to the next.</param>
public sealed record Finalist(Architecture Architecture, double Score, IReadOnlyList<FinalistTrial> Trials)
{
    /// <summary>Gets its measured speed where it won; null if it was not measured for that.</summary>
    public SpeedCheck? Speed { get; init; }

    /// <summary>Gets a value indicating whether it became the child.</summary>
    public bool IsChosen { get; init; }
}
