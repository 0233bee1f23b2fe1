namespace Puzzle.Pipeline;

/// <summary>How far a stage is, how fast it went in this run, and what that says of the time left.</summary>
/// <param name="stage">The stage.</param>
/// <param name="start">When it began.</param>
internal sealed class StageClock(PuzzleStage stage, long start)
{
    private double? _reused;

    public PuzzleStage Stage { get; } = stage;

    /// <summary>Gets the share that is done, of this run or an earlier one.</summary>
    public double Share { get; private set; }

    public TimeSpan Elapsed { get; private set; }

    /// <summary>Gets the share that was done in this run.</summary>
    public double ShareHere => Share - (_reused ?? 0);

    /// <summary>Gets the time that is left at the pace so far; null before anything was done.</summary>
    public TimeSpan? TimeLeft => ShareHere > 0 ? Elapsed * ((1 - Share) / ShareHere) : null;

    /// <param name="share">The share that is done now.</param>
    /// <param name="unit">How much of the stage one unit is: what the first report tells of beyond it was there before.</param>
    /// <param name="clock">The time.</param>
    public void Update(double share, double unit, TimeProvider clock)
    {
        share = Math.Clamp(share, 0, 1);
        _reused ??= Math.Max(0, share - unit);
        (Share, Elapsed) = (share, clock.GetElapsedTime(start));
    }
}
