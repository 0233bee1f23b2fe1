using System.ComponentModel.DataAnnotations;

namespace Puzzle.Pipeline;

/// <summary>What holds for every run of the pipeline.</summary>
public sealed class PuzzleOptions
{
    /// <summary>Gets or sets what is summed over layers and optimized: one of the scorer's metrics, or a weighted sum such as
    /// <c>kl_div+0.5*lm_loss</c>, each metric in its own direction.</summary>
    /// <value><c>kl_div</c> by default, the paper's choice (section 4.1).</value>
    [Required(AllowEmptyStrings = false)]
    public string Objective { get; set; } = "kl_div";

    /// <summary>Gets or sets a value indicating whether baselines are uptrained like the child, which makes the comparison fair and the run
    /// longer.</summary>
    /// <value>False by default: baselines are compared as assembled.</value>
    public bool UptrainBaselines { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether blockwise distillation has a second stage: the subblocks of the best architecture
    /// are trained again, in every layer and in pairs (coupled), and the search is repeated (paper appendix F.1.1).
    /// </summary>
    /// <value>False by default.</value>
    public bool TwoStage { get; set; }

    /// <summary>
    /// Gets or sets how often candidates are scored again beside the blocks chosen so far and the search is repeated, see
    /// <see cref="ConditionalRescore"/>: sums of replace-1-block scores mislead where much is removed.
    /// </summary>
    /// <value>0 by default: the scores are those beside the parent's own blocks, as in the paper.</value>
    [Range(0, 1000)]
    public int ConditionalRounds { get; set; }

    /// <summary>
    /// Gets or sets how often a child that was measured whole and missed a target of time is replaced by the answer of another
    /// search, whose bounds are corrected by what was measured. Only where the profiler can run models.
    /// </summary>
    /// <value>2 by default; 0 trusts the summed costs.</value>
    [Range(0, 100)]
    public int SpeedCorrections { get; set; } = 2;

    /// <summary>
    /// Gets or sets how many near-optimal architectures are tried whole: each is assembled and compared with the parent on the scoring
    /// text, the better half is healed a little and compared again, until one is left, which becomes the child.
    /// </summary>
    /// <value>1 by default: the search's answer becomes the child.</value>
    [Range(1, 1000)]
    public int Finalists { get; set; } = 1;

    /// <summary>Gets or sets the share of global distillation's steps that all trials of finalists take together.</summary>
    /// <value>0.25 by default, the most; with 0 finalists are compared as assembled.</value>
    [Range(0, 0.25)]
    public double FinalistShare { get; set; } = 0.25;

    /// <summary>Gets or sets in how many layers any two finalists differ, at least.</summary>
    /// <value>2 by default: with 1, finalists differ in the width of one FFN.</value>
    [Range(1, int.MaxValue)]
    public int FinalistDistance { get; set; } = 2;

    /// <summary>Gets or sets how much worse a finalist's summed score may be than the best, as a share of that.</summary>
    /// <value>0.25 by default: sums are that far off where much is removed.</value>
    [Range(0, double.MaxValue)]
    public double FinalistGap { get; set; } = 0.25;

    /// <summary>
    /// Gets or sets a value indicating whether FFNs that follow each other in a chosen architecture without attention between them, and
    /// that depend little on each other, become one wide FFN before the child is measured whole, tried and healed, see
    /// <see cref="Puzzle.Fusion.FfnFusion"/>.
    /// </summary>
    /// <value>False by default.</value>
    public bool FuseFfns { get; set; }

    /// <summary>Gets or sets the cosine distance that fused FFNs stay below: how far what one adds turns when an earlier one is left
    /// out.</summary>
    /// <value>0.15 by default; 0 fuses nothing, above 2 everything.</value>
    [Range(0, double.MaxValue)]
    public double FusionThreshold { get; set; } = new Fusion.FfnFusionOptions().Threshold;

    /// <summary>Gets or sets the most channels of a fused FFN.</summary>
    /// <value>Null by default: no bound.</value>
    [Range(1, int.MaxValue)]
    public int? FusionMaxWidth { get; set; }
}
