namespace Puzzle.Pipeline;

/// <summary>Where a run stands.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Share">The share of the stage that is done, 0 to 1.</param>
/// <param name="Detail">For readers, for example the last loss.</param>
public sealed record PuzzleProgress(PuzzleStage Stage, double Share, string? Detail = null)
{
    /// <summary>Gets what the stage counts, for example <c>variant</c>; null where it only knows its share.</summary>
    public string? Unit { get; init; }

    /// <summary>Gets the units that are done, of this run or an earlier one.</summary>
    public int? Completed { get; init; }

    /// <summary>Gets the units in all.</summary>
    public int? Total { get; init; }

    /// <summary>Gets the units done in a second, in this run; null before the first.</summary>
    public double? UnitsPerSecond { get; init; }

    /// <summary>Gets how long the stage has been running.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Gets the time the stage still needs at the pace so far; null before anything was done.</summary>
    public TimeSpan? StageTimeLeft { get; init; }

    /// <summary>Gets the time the whole run still needs: this stage and the usual proportion of later ones; null before anything was
    /// done.</summary>
    public TimeSpan? RunTimeLeft { get; init; }
}
