using System.ComponentModel.DataAnnotations;
using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Search.Scoring;

/// <summary>How replace-1-block scores are computed.</summary>
public sealed class ScoringOptions : IValidatableObject
{
    /// <summary>Gets or sets the names of the metrics of <see cref="ScoreMetric.All"/> that are computed; the others cost
    /// nothing.</summary>
    /// <value><c>kl_div</c> and <c>lm_loss</c> by default.</value>
    [NotInRecipe("A score names its metrics; none depends on another.")]
    public IList<string> Metrics { get; set; } = [ScoreMetric.KlDivergence.Name, ScoreMetric.LanguageModelLoss.Name];

    /// <summary>Gets or sets whether composed blocks are measured, or put together from measured halves.</summary>
    /// <value><see cref="ScoringMode.Composed"/> by default.</value>
    [NotInRecipe("Sums of halves have a recipe of their own; their halves' scores are those of either mode.")]
    [EnumDataType(typeof(ScoringMode))]
    public ScoringMode Mode { get; set; }

    /// <summary>Gets or sets the most windows of the data that are used, its first.</summary>
    /// <value>64 by default.</value>
    [Range(1, int.MaxValue)]
    public int MaxWindows { get; set; } = 64;

    /// <summary>Gets or sets the windows computed together.</summary>
    /// <value>4 by default.</value>
    [Range(1, 1 << 20)]
    public int BatchSize { get; set; } = 4;

    /// <summary>Gets or sets the number of candidates scored side by side; results do not depend on it.</summary>
    /// <value>One per processor by default; on a GPU always one.</value>
    [NotInRecipe("A candidate is scored on one thread, whatever others run beside it.")]
    [Range(1, 1024)]
    public int Workers { get; set; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>Gets or sets the most memory the parent's log-probabilities may take; beyond it they are computed anew for each
    /// candidate.</summary>
    /// <value>1 GiB by default.</value>
    [NotInRecipe("What is computed again is computed by the same operations.")]
    [Range(0, long.MaxValue)]
    public long MaxParentLogProbabilityBytes { get; set; } = 1L << 30;

    /// <summary>Gets or sets a value indicating whether a candidate at layer i starts from the cached input of layer i, and candidates
    /// share their attention's output; without it, every candidate runs the whole model.</summary>
    /// <value>True by default; false only serves to check that scores are equal.</value>
    [NotInRecipe("A cached prefix holds what the same operations gave.")]
    public bool CachePrefix { get; set; } = true;

    /// <summary>Gets the metrics that are named.</summary>
    internal ScoreMetric[] NamedMetrics => [.. Metrics.Distinct().Select(name => ScoreMetric.All.First(metric => metric.Name == name))];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Metrics is not { Count: > 0 })
        {
            yield return new ValidationResult($"{nameof(Metrics)} names no metric.", [nameof(Metrics)]);
            yield break;
        }
        foreach (string unknown in Metrics.Where(name => !ScoreMetric.All.Any(metric => metric.Name == name)))
            yield return new ValidationResult($"{nameof(Metrics)} names '{unknown}'; expected one of " +
                $"{string.Join(", ", ScoreMetric.All.Select(metric => metric.Name))}.", [nameof(Metrics)]);
    }
}
