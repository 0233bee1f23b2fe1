using System.ComponentModel.DataAnnotations;

namespace Puzzle.Pipeline;

/// <summary>What holds for every run of the pipeline.</summary>
public sealed class PuzzleOptions
{
    /// <summary>Gets or sets what is summed over layers and optimised: one of the scorer's metrics, or a weighted sum such as <c>kl_div+0.5*lm_loss</c>, each metric in its own direction.</summary>
    /// <value><c>kl_div</c> by default, the paper's choice (section 4.1).</value>
    [Required(AllowEmptyStrings = false)]
    public string Objective { get; set; } = "kl_div";

    /// <summary>Gets or sets a value indicating whether baselines are uptrained like the child, which makes the comparison fair and the run longer.</summary>
    /// <value>False by default: baselines are compared as assembled.</value>
    public bool UptrainBaselines { get; set; }
}
