namespace Puzzle.Reporting;

/// <summary>The best summed score that each speed-up allows, from the library as it is, and where the run's models lie.</summary>
/// <param name="Objective">What is summed.</param>
/// <param name="Points">The frontier, slowest first; speed-ups are by the sum of costs.</param>
/// <param name="Models">Parent, baselines and child, by the same sums.</param>
/// <param name="TargetSpeedup">The speed-up that the target's bound on runtime means; null if it has none.</param>
public sealed record FrontierReport(
    string Objective, IReadOnlyList<FrontierReportPoint> Points, IReadOnlyList<FrontierReportPoint> Models, double? TargetSpeedup);
