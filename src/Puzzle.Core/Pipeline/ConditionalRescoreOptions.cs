using System.ComponentModel.DataAnnotations;

namespace Puzzle.Pipeline;

/// <summary>How far conditional re-scoring goes.</summary>
public sealed class ConditionalRescoreOptions
{
    /// <summary>Gets or sets how often scores are measured again, each time around a better architecture.</summary>
    /// <value>4 by default.</value>
    [Range(1, 1000)]
    public int MaxRounds { get; set; } = 4;

    /// <summary>
    /// Gets or sets which variants are scored again: those that some solution chose, and those that are expected to worsen the
    /// objective by at most this share of it when put in alone. The others keep their first score, moved to the chosen architecture.
    /// </summary>
    /// <value>0.5 by default; infinity scores every variant again.</value>
    [Range(0, double.PositiveInfinity)]
    public double Margin { get; set; } = 0.5;
}
