using System.ComponentModel.DataAnnotations;
using Puzzle.Foundation;

namespace Puzzle.Search.Scoring;

/// <summary>How replace-1-block scores by a downstream task are computed.</summary>
public sealed class TaskScoringOptions
{
    /// <summary>Gets or sets the sequences computed together; scores depend on it in their last bits.</summary>
    /// <value>16 by default.</value>
    [Range(1, 1 << 20)]
    public int BatchSize { get; set; } = 16;

    /// <summary>Gets or sets the number of candidates scored side by side; results do not depend on it.</summary>
    /// <value>One per processor by default; on a GPU always one.</value>
    [NotInRecipe("A candidate is scored on one thread, whatever others run beside it.")]
    [Range(1, 1024)]
    public int Workers { get; set; } = Math.Max(1, Environment.ProcessorCount);
}
