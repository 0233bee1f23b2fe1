using System.ComponentModel.DataAnnotations;

namespace Puzzle.Text;

/// <summary>What vocabulary <see cref="BytePairTrainer"/> makes.</summary>
public sealed class BytePairTrainerOptions : IValidatableObject
{
    /// <summary>Gets or sets the number of tokens, special tokens and the 256 bytes included. Default 2048.</summary>
    /// <remarks>A text with too few pairs gives a smaller vocabulary.</remarks>
    public int VocabularySize { get; set; } = 2048;

    /// <summary>Gets or sets the special tokens; they take the first ids in this order. Default <c>&lt;|endoftext|&gt;</c>.</summary>
    public IReadOnlyList<string> SpecialTokens { get; set; } = ["<|endoftext|>"];

    /// <summary>Gets or sets the special token that encoding puts before a text, or null (the default) for none.</summary>
    public string? BeginOfText { get; set; }

    /// <summary>Gets or sets the special token that ends a text, or null for none. Default <c>&lt;|endoftext|&gt;</c>.</summary>
    public string? EndOfText { get; set; } = "<|endoftext|>";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (SpecialTokens is null
            || SpecialTokens.Any(string.IsNullOrEmpty)
            || SpecialTokens.Distinct(StringComparer.Ordinal).Count() != SpecialTokens.Count)
        {
            yield return new ValidationResult($"{nameof(SpecialTokens)} must be distinct and not empty.", [nameof(SpecialTokens)]);
            yield break;
        }
        foreach (string? token in (string?[])[BeginOfText, EndOfText])
        {
            if (token is not null && !SpecialTokens.Contains(token))
                yield return new ValidationResult($"'{token}' is not among {nameof(SpecialTokens)}.", [nameof(SpecialTokens)]);
        }
        int smallest = 256 + SpecialTokens.Count;
        if (VocabularySize < smallest)
            yield return new ValidationResult(
                $"{nameof(VocabularySize)} is {VocabularySize}; the bytes and special tokens alone are {smallest}.",
                [nameof(VocabularySize)]);
    }
}
