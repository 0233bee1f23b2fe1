namespace Puzzle.Search.Solving;

/// <summary>Options of <see cref="MipArchitectureSolver"/>.</summary>
public sealed record MipSolverOptions
{
    /// <summary>Gets the solver; CP-SAT by default.</summary>
    public MipBackend Backend { get; set; } = MipBackend.CpSat;

    /// <summary>Gets the longest search; one minute by default.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets the relative gap at which to stop; 0, proven best, by default.</summary>
    public double RelativeGap { get; set; }

    internal void Validate()
    {
        if (TimeLimit <= TimeSpan.Zero)
            throw new ArgumentException($"The time limit must be positive; got {TimeLimit}.");
        if (!(RelativeGap >= 0 && RelativeGap < 1))
            throw new ArgumentException($"The relative gap must be in [0, 1); got {RelativeGap}.");
        if (!Enum.IsDefined(Backend))
            throw new ArgumentException($"There is no MIP backend {Backend}.");
    }
}
