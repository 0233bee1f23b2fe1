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

    /// <summary>How many steps of an inner loop pass between two looks at the clock.</summary>
    public const int Often = 256;

    /// <summary>Gives how many labels a stage may make before dominated ones are dropped; sorting more would delay a cancellation.</summary>
    public static int MostExtended(int width) => (int)Math.Min(8L * width, 800_000);

    /// <summary>Says whether time is up.</summary>
    /// <exception cref="OperationCanceledException">The search was canceled.</exception>
    public bool ShouldStop()
    {
        CancellationToken.ThrowIfCancellationRequested();
        return IsOver();
    }
}
