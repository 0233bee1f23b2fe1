namespace Puzzle.Search.Solving.Exact;

/// <summary>When an exact search stops short.</summary>
/// <param name="Width">How many partial choices a group may have at most.</param>
/// <param name="RelativeGap">The gap at which to stop.</param>
/// <param name="IsOver">Says whether time is up.</param>
/// <param name="CancellationToken">Stops everything.</param>
internal sealed record SearchLimits(int Width, double RelativeGap, Func<bool> IsOver, CancellationToken CancellationToken)
{
    /// <summary>The width of what is finished after time is up.</summary>
    public const int LateWidth = 200;
}
