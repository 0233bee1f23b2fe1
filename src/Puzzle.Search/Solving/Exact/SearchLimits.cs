namespace Puzzle.Search.Solving.Exact;

/// <summary>When an exact search stops short, and what it is tuned by.</summary>
/// <param name="Width">How many partial choices a group may have at most.</param>
/// <param name="RelativeGap">The gap at which to stop.</param>
/// <param name="Tuning">The tuning numbers.</param>
/// <param name="IsOver">Says whether time is up.</param>
/// <param name="CancellationToken">Stops everything.</param>
internal sealed record SearchLimits(
    int Width, double RelativeGap, ExactTuning Tuning, Func<bool> IsOver, CancellationToken CancellationToken)
{
    /// <summary>Gives how many labels a stage may make before dominated ones are dropped.</summary>
    public int MostExtended(int width) => (int)Math.Min((long)Tuning.ExtensionFactor * width, Tuning.LargestExtension);

    /// <summary>Gives the width to go on with: a narrow one when time is up.</summary>
    public int WidthNow(int width) => IsOver() ? Math.Min(width, Tuning.LateWidth) : width;

    /// <summary>Says at some steps of an inner loop whether time is up.</summary>
    /// <exception cref="OperationCanceledException">The search was canceled.</exception>
    public bool ShouldStop(int step)
    {
        if (step % ExactTuning.StepsBetweenLooks != ExactTuning.StepsBetweenLooks - 1)
            return false;
        CancellationToken.ThrowIfCancellationRequested();
        return IsOver();
    }
}
