using System.Text;
using Puzzle.Text;
using Puzzle.Text.Patterns;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>Recognizes, in what a tokenizer.json says, what llama.cpp has built in.</summary>
internal static class LlamaCppTokenizer
{
    private const char SpaceMark = '\u2581';

    private static readonly string Space = Pattern.Literal(" ").ToString();

    /// <summary>Gives llama.cpp's name of a byte-level tokenizer's pre-tokenizer; null if the tokenizer is not byte-level.</summary>
    /// <exception cref="NotSupportedException">It is byte-level, but llama.cpp has no such pre-tokenizer.</exception>
    public static string? PreTokenizerOf(TokenizerJson definition)
    {
        PreTokenizerStep[] steps = definition.PreTokenizer is PreTokenizerSequence sequence
            ? [.. sequence.Steps]
            : [definition.PreTokenizer];
        if (!steps.Any(step => step is ByteLevelStep))
            return null;
        if (definition.Normalizer is not (NormalizerSequence { Steps.Count: 0 } or UnicodeNormalizer { Form: NormalizationForm.FormC }))
            throw Unsupported("normalizer is neither empty nor NFC");
        return LlamaCppPreTokenizers.NameOf(steps, definition.Model.IgnoreMerges)
            ?? throw Unsupported($"pre-tokenizer is none of {string.Join(", ", LlamaCppPreTokenizers.Names)}");
    }

    /// <summary>Tells how llama.cpp's byte-level tokens differ from a tokenizer's; empty if they do not.</summary>
    /// <param name="definition">The tokenizer.</param>
    /// <param name="preTokenizer">Its pre-tokenizer's name in llama.cpp.</param>
    public static IReadOnlyList<string> ByteLevelDifferences(TokenizerJson definition, string preTokenizer)
    {
        var differences = new List<string>();
        if (definition.Normalizer is UnicodeNormalizer)
            differences.Add("llama.cpp does not compose characters, so text that is not in NFC gets other tokens");
        if (LlamaCppPreTokenizers.SplitsAtMarks(preTokenizer))
            differences.Add("llama.cpp splits words at combining marks");
        if (definition.Model.IgnoreMerges != LlamaCppPreTokenizers.IgnoresMerges(preTokenizer) && Unmade(definition) is { } token)
        {
            string gives = definition.Model.IgnoreMerges ? "does not find" : "takes a word for";
            differences.Add($"llama.cpp {gives} the token '{token}', which merges do not make");
        }
        return differences;
    }

    // The first token that is not what merges make of its characters.
    private static string? Unmade(TokenizerJson definition)
    {
        BytePairModel model = definition.Model with { IgnoreMerges = false };
        var encoder = new BytePairEncoder(model);
        HashSet<int> added = [.. definition.AddedTokens.Select(token => token.Id)];
        var ids = new List<int>();
        foreach ((string token, int id) in model.Vocabulary.OrderBy(entry => entry.Value))
        {
            if (added.Contains(id))
                continue;
            ids.Clear();
            encoder.Encode(token, ids, new TextWork("tokenizer.json", token.Length, CancellationToken.None));
            if (ids is not [var only] || only != id)
                return token;
        }
        return null;
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
            // Where no space is left, there is nothing to split at.
            ([ReplaceNormalizer { Pattern: " " } replace], SplitStep { Splitter.Pattern: var pattern })
                when replace.Content == mark && pattern == Space => false,
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
