namespace Puzzle.Search.Solving;

/// <summary>Options of <see cref="ExactArchitectureSolver"/>.</summary>
public sealed record ExactSolverOptions
{
    /// <summary>Gets the longest search; one minute by default.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets the relative gap at which to stop; 0, proven best, by default.</summary>
    public double RelativeGap { get; init; }

    /// <summary>Gets how many partial choices the label search may make before branch and bound takes over; 5 million by default.</summary>
    public long LabelLimit { get; init; } = 5_000_000;

    internal void Validate()
    {
        if (TimeLimit <= TimeSpan.Zero)
            throw new ArgumentException($"The time limit must be positive; got {TimeLimit}.");
        if (!(RelativeGap >= 0 && RelativeGap < 1))
            throw new ArgumentException($"The relative gap must be in [0, 1); got {RelativeGap}.");
        if (LabelLimit < 0)
            throw new ArgumentException($"The label limit must not be negative; got {LabelLimit}.");
    }
}
