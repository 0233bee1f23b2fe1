namespace Puzzle.Search.Solving;

/// <summary>Options of <see cref="ExactArchitectureSolver"/>.</summary>
public sealed record ExactSolverOptions
{
    /// <summary>Gets the longest search; one minute by default.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets the relative gap at which to stop; 0, proven best, by default.</summary>
    public double RelativeGap { get; init; }

    /// <summary>Gets how many partial choices the search may hold for a layer; 200,000 by default. A problem that needs more is answered with a gap.</summary>
    public int LabelLimit { get; init; } = 200_000;

    internal void Validate()
    {
        if (TimeLimit <= TimeSpan.Zero)
            throw new ArgumentException($"The time limit must be positive; got {TimeLimit}.");
        if (!(RelativeGap >= 0 && RelativeGap < 1))
            throw new ArgumentException($"The relative gap must be in [0, 1); got {RelativeGap}.");
        if (LabelLimit < 1)
            throw new ArgumentException($"The label limit must be positive; got {LabelLimit}.");
    }
}
