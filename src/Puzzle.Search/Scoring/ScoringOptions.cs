using System.ComponentModel.DataAnnotations;

namespace Puzzle.Search.Scoring;

/// <summary>How replace-1-block scores are computed.</summary>
public sealed class ScoringOptions
{
    /// <summary>Gets or sets the most windows of the data that are used, its first.</summary>
    /// <value>64 by default.</value>
    [Range(1, int.MaxValue)]
    public int MaxWindows { get; set; } = 64;

    /// <summary>Gets or sets the windows computed together.</summary>
    /// <value>4 by default.</value>
    [Range(1, 1 << 20)]
    public int BatchSize { get; set; } = 4;

    /// <summary>Gets or sets the number of candidates scored side by side; results do not depend on it.</summary>
    /// <value>One per processor by default.</value>
    [Range(1, 1024)]
    public int Workers { get; set; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>Gets or sets the most memory the parent's log-probabilities may take; beyond it they are computed anew for each candidate.</summary>
    /// <value>1 GiB by default.</value>
    [Range(0, long.MaxValue)]
    public long MaxParentLogProbabilityBytes { get; set; } = 1L << 30;

    /// <summary>Gets or sets a value indicating whether a candidate at layer i starts from the parent's cached input of layer i; without it, every candidate runs the whole model.</summary>
    /// <value>True by default; false only serves to check that scores are equal.</value>
    public bool CachePrefix { get; set; } = true;
}
