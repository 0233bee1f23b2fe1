using Puzzle.Pipeline;

namespace Puzzle.Reporting;

/// <summary>One of several near-optimal architectures that were tried whole.</summary>
/// <param name="Architecture">Its blocks, layer 0 first.</param>
/// <param name="SummedScore">Its summed score.</param>
/// <param name="Trials">How it did, as assembled first.</param>
/// <param name="IsChosen">Whether it became the child.</param>
public sealed record FinalistReport(
    IReadOnlyList<string> Architecture, double SummedScore, IReadOnlyList<FinalistTrial> Trials, bool IsChosen);
