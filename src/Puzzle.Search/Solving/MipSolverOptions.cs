using System.ComponentModel.DataAnnotations;

namespace Puzzle.Search.Solving;

/// <summary>Options of <see cref="MipArchitectureSolver"/>.</summary>
public sealed class MipSolverOptions
{
    /// <summary>Gets or sets the solver; CP-SAT by default.</summary>
    [EnumDataType(typeof(MipBackend))]
    public MipBackend Backend { get; set; } = MipBackend.CpSat;

    /// <summary>Gets or sets the longest search; one minute by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.0000001", "10675199.02:48:05.4775807")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets the relative gap at which to stop; 0, proven best, by default.</summary>
    [Range(0, 0.999999)]
    public double RelativeGap { get; set; }
}
