namespace Puzzle.Measurement;

/// <summary>A metric's part in an objective.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="Weight">Its weight, above 0 and finite; the metric's own direction says whether small or large values are good.</param>
public sealed record ObjectiveTerm(ScoreMetric Metric, double Weight);
