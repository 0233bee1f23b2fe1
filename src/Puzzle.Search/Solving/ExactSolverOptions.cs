using System.ComponentModel.DataAnnotations;

namespace Puzzle.Search.Solving;

/// <summary>Options of <see cref="ExactArchitectureSolver"/>.</summary>
public sealed class ExactSolverOptions
{
    /// <summary>Gets or sets the longest search; one minute by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.0000001", "10675199.02:48:05.4775807")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets the relative gap at which to stop; 0, proven best, by default.</summary>
    [Range(0, 0.999999)]
    public double RelativeGap { get; set; }

    /// <summary>
    /// Gets or sets how many partial choices the search may hold for a layer; 200,000 by default. A problem that needs more goes on by
    /// branch and bound.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int LabelLimit { get; set; } = 200_000;
}
