using System.ComponentModel.DataAnnotations;

namespace Puzzle.Search.Solving;

/// <summary>Options of <see cref="ArchitectureSolver"/>.</summary>
public sealed class ArchitectureSolverOptions
{
    /// <summary>Gets or sets the longest search, both solvers together; one minute by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.0000001", "10675199.02:48:05.4775807")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets the share of the time limit after which the exact solver hands over; half by default.</summary>
    [Range(1e-6, 1)]
    public double ExactShare { get; set; } = 0.5;

    /// <summary>Gets or sets the relative gap at which to stop; 0, proven best, by default.</summary>
    [Range(0, 0.999999)]
    public double RelativeGap { get; set; }

    /// <summary>
    /// Gets or sets the mixed-integer solver that takes over when the exact solver leaves a gap; CBC by default, whose cuts are
    /// strongest there.
    /// </summary>
    [EnumDataType(typeof(MipBackend))]
    public MipBackend Fallback { get; set; } = MipBackend.Cbc;

    /// <summary>Gets or sets the mixed-integer solver for problems the exact solver does not take; CP-SAT by default.</summary>
    [EnumDataType(typeof(MipBackend))]
    public MipBackend General { get; set; } = MipBackend.CpSat;
}
