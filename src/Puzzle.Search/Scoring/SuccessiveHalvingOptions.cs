using System.ComponentModel.DataAnnotations;
using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Search.Scoring;

/// <summary>On how many windows each candidate is scored.</summary>
public sealed class SuccessiveHalvingOptions
{
    private const string Why = "It says which candidates get more windows; a score names its windows, and an estimate what it is "
        + "estimated from.";

    /// <summary>Gets or sets the windows that every candidate is scored on; at least 2, so that there is a spread.</summary>
    /// <value>4 by default.</value>
    [NotInRecipe(Why)]
    [Range(2, int.MaxValue)]
    public int FirstWindows { get; set; } = 4;

    /// <summary>Gets or sets the windows of a round as a multiple of the round's before.</summary>
    /// <value>2 by default.</value>
    [NotInRecipe(Why)]
    [Range(2, 1024)]
    public int Growth { get; set; } = 2;

    /// <summary>Gets or sets the share of a layer's candidates that a round keeps at most; those no trade-off can pass over are kept beyond
    /// it.</summary>
    /// <value>0.5 by default; 1 drops only what is certainly worse.</value>
    [NotInRecipe(Why)]
    [Range(0.0, 1.0)]
    public double Keep { get; set; } = 0.5;

    /// <summary>Gets or sets by how many standard errors of its paired difference a candidate has to be worse to be dropped for
    /// certain.</summary>
    /// <value>2 by default.</value>
    [NotInRecipe(Why)]
    [Range(0.0, 100.0)]
    public double StandardErrors { get; set; } = 2;

    /// <summary>Gets or sets what candidates are compared by: a metric of the scoring options, or a weighted sum such as
    /// <c>kl_div+0.5*lm_loss</c>.</summary>
    /// <value><c>kl_div</c> by default.</value>
    [NotInRecipe(Why)]
    [Required(AllowEmptyStrings = false)]
    public string Objective { get; set; } = ScoreMetric.KlDivergence.Name;

    /// <summary>Gets or sets the names of the costs that targets will bound.</summary>
    /// <value><c>runtime_ms</c> and <c>memory_bytes</c> by default.</value>
    [NotInRecipe(Why)]
    [MinLength(1)]
    public IList<string> Costs { get; set; } = [CostName.Runtime.Value, CostName.Memory.Value];
}
