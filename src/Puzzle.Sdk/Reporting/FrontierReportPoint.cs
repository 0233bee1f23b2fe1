namespace Puzzle.Reporting;

/// <summary>An architecture on or under the frontier.</summary>
/// <param name="Name">The model's name; empty for a point of the frontier.</param>
/// <param name="Speedup">How many times faster than the parent, by the sum of costs.</param>
/// <param name="Score">The summed score.</param>
/// <param name="Architecture">The blocks, layer 0 first.</param>
public sealed record FrontierReportPoint(string Name, double Speedup, double Score, IReadOnlyList<string> Architecture);
