namespace Puzzle.Search.Solving.Exact;

/// <summary>When an exact search stops short.</summary>
/// <param name="Labels">The most labels the label search may make before branch and bound takes over.</param>
/// <param name="RelativeGap">The gap at which to stop.</param>
/// <param name="IsOver">Says whether time is up.</param>
/// <param name="CancellationToken">Stops everything.</param>
internal sealed record SearchLimits(long Labels, double RelativeGap, Func<bool> IsOver, CancellationToken CancellationToken);
