namespace Puzzle.Search.Solving;

/// <summary>Options of <see cref="ArchitectureSolver"/>.</summary>
public sealed record ArchitectureSolverOptions
{
    /// <summary>Gets the longest search, both solvers together; one minute by default.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets the share of the time limit after which the exact solver hands over; half by default.</summary>
    public double ExactShare { get; init; } = 0.5;

    /// <summary>Gets the relative gap at which to stop; 0, proven best, by default.</summary>
    public double RelativeGap { get; init; }

    /// <summary>Gets the mixed-integer solver that takes over; CP-SAT by default.</summary>
    public MipBackend Fallback { get; init; } = MipBackend.CpSat;
}
