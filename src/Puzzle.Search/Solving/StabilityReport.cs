namespace Puzzle.Search.Solving;

/// <summary>How an architecture's choices hold up when the scores are resampled.</summary>
/// <param name="Resamples">How many resamples had an answer.</param>
/// <param name="Survival">For each layer, the share of them that chose the same variant.</param>
/// <param name="Identical">The share of them that chose the very same architecture.</param>
public sealed record StabilityReport(int Resamples, IReadOnlyList<double> Survival, double Identical);
