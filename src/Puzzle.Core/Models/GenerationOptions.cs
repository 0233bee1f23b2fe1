using System.ComponentModel.DataAnnotations;
using Puzzle.Architectures;

namespace Puzzle.Models;

/// <summary>How text is continued. By default greedily, until the model ends the text or 128 tokens are made.</summary>
public sealed class GenerationOptions
{
    /// <summary>Gets or sets the most tokens to make for each sequence; 128 by default.</summary>
    [Range(0, int.MaxValue)]
    public int MaxNewTokens { get; set; } = 128;

    /// <summary>Gets or sets what logits are divided by before sampling; 0, the default, takes the likeliest token each time.</summary>
    [Range(0, double.MaxValue)]
    public double Temperature { get; set; }

    /// <summary>Gets or sets how many of the likeliest tokens to sample from; 0, the default, means all.</summary>
    [Range(0, int.MaxValue)]
    public int TopK { get; set; }

    /// <summary>Gets or sets the probability that the tokens sampled from have together, the likeliest first; 1, the default, means all
    /// tokens.</summary>
    [Range(double.Epsilon, 1)]
    public double TopP { get; set; } = 1;

    /// <summary>Gets or sets the seed. What a sequence draws depends on it and on the sequence's index, and on nothing else.</summary>
    public long Seed { get; set; }

    /// <summary>Gets or sets the ids that end a sequence; null, the default, means the model's own
    /// <see cref="ModelConfig.EndOfTextIds"/>.</summary>
    public IReadOnlyCollection<int>? StopTokenIds { get; set; }
}
