using Puzzle.Text;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>Recognizes, in what a tokenizer.json says, what llama.cpp has built in.</summary>
internal static class LlamaCppTokenizer
{
    private const char SpaceMark = '\u2581';
    private const string Digit = @"\p{N}";
    private const string Llama3Words =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Gives llama.cpp's name of a byte-level tokenizer's pre-tokenizer; null if the tokenizer is not byte-level.</summary>
    /// <exception cref="NotSupportedException">It is byte-level, but llama.cpp has no such pre-tokenizer.</exception>
    public static string? PreTokenizerOf(TokenizerJson definition)
    {
        PreTokenizerStep[] steps = definition.PreTokenizer is PreTokenizerSequence sequence
            ? [.. sequence.Steps]
            : [definition.PreTokenizer];
        if (!steps.Any(step => step is ByteLevelStep))
            return null;
        (string name, bool ignoresMerges) = steps switch
        {
            [ByteLevelStep { AddPrefixSpace: false, SplitWords: true }] => ("gpt-2", false),
            [SplitStep { Behavior: SplitBehavior.Isolated, Invert: false } digits,
                ByteLevelStep { AddPrefixSpace: false, SplitWords: true }]
                when digits.Splitter.Pattern == Digit => ("smollm", false),
            [SplitStep { Behavior: SplitBehavior.Isolated, Invert: false } words,
                ByteLevelStep { AddPrefixSpace: false, SplitWords: false }]
                when words.Splitter.Pattern == Llama3Words => ("llama-bpe", true),
            _ => throw Unsupported("pre-tokenizer is none of GPT-2's, SmolLM's and Llama 3's"),
        };
        if (definition.Normalizer is not NormalizerSequence { Steps.Count: 0 })
            throw Unsupported("normalizer is not empty");
        if (definition.Model.IgnoreMerges && !ignoresMerges)
            throw Unsupported("ignore_merges is set");
        return name;
    }

    /// <summary>Tells whether a SentencePiece-like tokenizer puts a space before a text.</summary>
    /// <exception cref="NotSupportedException">The tokenizer is not what llama.cpp takes for SentencePiece.</exception>
    public static bool AddsSpace(TokenizerJson definition)
    {
        if (definition.Model.IgnoreMerges)
            throw Unsupported("ignore_merges is set");
        string mark = SpaceMark.ToString();
        IReadOnlyList<NormalizerStep> normalizers = definition.Normalizer is NormalizerSequence sequence
            ? sequence.Steps
            : [definition.Normalizer];
        return (normalizers, definition.PreTokenizer) switch
        {
            ([PrependNormalizer { Prefix: var prefix }, ReplaceNormalizer { Pattern: " " } replace],
                PreTokenizerSequence { Steps.Count: 0 })
                when prefix == mark && replace.Content == mark => true,
            ([ReplaceNormalizer { Pattern: " " } replace], PreTokenizerSequence { Steps.Count: 0 }) when replace.Content == mark => false,
            ([], MetaspaceStep { Replacement: SpaceMark } metaspace) => metaspace.Scheme != PrependScheme.Never,
            _ => throw Unsupported("spaces are not marked as SentencePiece does"),
        };
    }

    /// <summary>Tells how llama.cpp's SentencePiece differs from a model's merges; empty if it does not.</summary>
    public static IReadOnlyList<string> Approximations(BytePairModel model)
    {
        var differences = new List<string>();
        if (SentencePieceScores.Missing(model) is { } missing)
            differences.Add($"llama.cpp merges '{missing.Left}' and '{missing.Right}', which the tokenizer does not");
        if (!model.ByteFallback || !Enumerable.Range(0, 256).All(value => model.Vocabulary.ContainsKey(ByteToken(value))))
            differences.Add("llama.cpp fails on characters outside the vocabulary, which lacks the 256 byte tokens");
        return differences;
    }

    /// <summary>Gives each token's kind; ids without a token are unused.</summary>
    public static int[] Kinds(Tokenizer tokenizer, int vocabularySize)
    {
        BytePairModel model = tokenizer.Definition.Model;
        int[] kinds = new int[vocabularySize];
        for (int id = 0; id < kinds.Length; id++)
            kinds[id] = (int)(tokenizer.TokenOf(id) is null ? SentencePieceKind.Unused : SentencePieceKind.Normal);
        if (model.ByteFallback)
        {
            for (int value = 0; value < 256; value++)
            {
                if (model.Vocabulary.TryGetValue(ByteToken(value), out int id))
                    kinds[id] = (int)SentencePieceKind.Byte;
            }
        }
        foreach (AddedToken token in tokenizer.Definition.AddedTokens)
            kinds[token.Id] = (int)(token.IsSpecial ? SentencePieceKind.Control : SentencePieceKind.UserDefined);
        if (model.UnknownId is { } unknown)
            kinds[unknown] = (int)SentencePieceKind.Unknown;
        return kinds;
    }

    /// <summary>Tells whether a token stands for a byte that no other token covers.</summary>
    public static bool IsByteToken(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>';

    private static string ByteToken(int value) => $"<0x{value:X2}>";

    private static NotSupportedException Unsupported(string problem) => new($"llama.cpp cannot run this tokenizer: its {problem}.");
}
