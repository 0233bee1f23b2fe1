using Puzzle.Text;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>The pre-tokenizers of byte-level tokenizers that llama.cpp has built in, by the name that it knows them under.</summary>
internal static class LlamaCppPreTokenizers
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Rest = @" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Letters = @"[^\r\n\p{L}\p{N}]?\p{L}+";
    private const string Capitalized = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+";
    private const string Capitals = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*";
    private const string RestWithSlashes = @" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly Known[] All =
    [
        new("gpt-2", [], SplitsWords: true),
        new("smollm", [@"\p{N}"], SplitsWords: true),
        new("llama-bpe", [$@"{Contractions}|{Letters}|\p{{N}}{{1,3}}|{Rest}"], IgnoresMerges: true),
        new("dbrx", [$@"{Contractions}|{Letters}|\p{{N}}{{1,3}}|{Rest}"]),
        new("qwen2", [$@"{Contractions}|{Letters}|\p{{N}}|{Rest}"]),
        new("tekken", [$@"{Capitalized}|{Capitals}|\p{{N}}|{RestWithSlashes}"], IgnoresMerges: true),
        new("gpt-4o", [$@"{Capitalized}{Contractions}?|{Capitals}{Contractions}?|\p{{N}}{{1,3}}|{RestWithSlashes}"]),
        new(
            "deepseek-v3",
            [
                @"\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+",
                "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                + "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
            ]),
    ];

    /// <summary>Gives the name of what splits as some steps do.</summary>
    /// <param name="steps">A tokenizer's steps.</param>
    /// <param name="ignoresMerges">Whether a word that is a token is one, whatever merges would make of it.</param>
    /// <returns>The name; null if there is none.</returns>
    public static string? NameOf(PreTokenizerStep[] steps, bool ignoresMerges)
    {
        if (steps is not [.. var splits, ByteLevelStep { AddPrefixSpace: false } bytes] || !splits.All(step => step is SplitStep))
            return null;
        SplitStep[] parts = [.. splits.Cast<SplitStep>()];
        Known[] alike = [.. All.Where(known => known.SplitsWords == bytes.SplitWords
            && known.Patterns.SequenceEqual(parts.Select(part => part.Splitter.Pattern))
            && parts.All(part => Isolates(part, known)))];
        return (alike.FirstOrDefault(known => known.IgnoresMerges == ignoresMerges) ?? alike.FirstOrDefault())?.Name;
    }

    /// <summary>Gets the names.</summary>
    public static IEnumerable<string> Names => All.Select(known => known.Name);

    /// <summary>Tells whether llama.cpp takes a word that is a token for one under this name.</summary>
    public static bool IgnoresMerges(string name) => All.Single(known => known.Name == name).IgnoresMerges;

    /// <summary>Tells whether llama.cpp, under this name, splits words of letters and marks otherwise than the pattern says.</summary>
    public static bool SplitsAtMarks(string name) =>
        All.Single(known => known.Name == name).Patterns.Any(pattern => pattern.Contains(Capitalized, StringComparison.Ordinal));

    // Where a pattern matches every character, removing what does not match is the same as keeping what does.
    private static bool Isolates(SplitStep part, Known known) =>
        part is { Behavior: SplitBehavior.Isolated, Invert: false }
        || (part is { Behavior: SplitBehavior.Removed, Invert: true } 
            && known.Patterns is [var only] && only.EndsWith(@"|\s+", StringComparison.Ordinal));

    private sealed record Known(string Name, string[] Patterns, bool SplitsWords = false, bool IgnoresMerges = false);
}
