using Puzzle.Architectures;

namespace Puzzle.Models;

/// <summary>How text is continued. By default greedily, until the model ends the text or 128 tokens are made.</summary>
public sealed record GenerationOptions
{
    /// <summary>Gets the most tokens to make for each sequence; 128 by default.</summary>
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>Gets what logits are divided by before sampling; 0, the default, takes the likeliest token each time.</summary>
    public double Temperature { get; init; }

    /// <summary>Gets how many of the likeliest tokens to sample from; 0, the default, means all.</summary>
    public int TopK { get; init; }

    /// <summary>Gets the probability that the tokens sampled from have together, the likeliest first; 1, the default, means all tokens.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Gets the seed. What a sequence draws depends on it and on the sequence's index, and on nothing else.</summary>
    public long Seed { get; init; }

    /// <summary>Gets the ids that end a sequence; null, the default, means the model's own <see cref="ModelConfig.EndOfTextIds"/>.</summary>
    public IReadOnlyCollection<int>? StopTokenIds { get; init; }

    /// <summary>Checks that every option is sensible.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public void Validate()
    {
        Require(MaxNewTokens >= 0, nameof(MaxNewTokens), MaxNewTokens, "not negative");
        Require(Temperature >= 0 && double.IsFinite(Temperature), nameof(Temperature), Temperature, "0 or more");
        Require(TopK >= 0, nameof(TopK), TopK, "not negative");
        Require(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 and at most 1");
    }

    private static void Require(bool condition, string option, IFormattable found, string expected)
    {
        if (!condition)
            throw new ArgumentException($"{option} is {found.ToString(null, System.Globalization.CultureInfo.InvariantCulture)}; expected {expected}.");
    }
}
