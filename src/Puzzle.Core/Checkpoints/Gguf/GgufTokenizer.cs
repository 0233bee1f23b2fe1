using Puzzle.Architectures;
using Puzzle.Text;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>Writes a tokenizer in the keys llama.cpp reads: <c>gpt2</c> for byte-level merges, <c>llama</c> for SentencePiece-like
/// ones.</summary>
internal static class GgufTokenizer
{
    private static readonly string[] EndKeys = [
        "tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"
    ];

    /// <summary>Adds the tokenizer.</summary>
    /// <param name="metadata">Receives the keys.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="config">The model, whose vocabulary may be larger: ids without a token are filled up. Its own ids count where the
    /// tokenizer names none.</param>
    /// <param name="allowApproximate">Whether llama.cpp's merges may differ.</param>
    /// <returns>How llama.cpp's tokens may differ; empty if they do not.</returns>
    /// <exception cref="ArgumentException">The tokenizer has more ids than the model.</exception>
    /// <exception cref="NotSupportedException">llama.cpp has no such tokenizer.</exception>
    public static IReadOnlyList<string> Add(GgufMetadata metadata, Tokenizer tokenizer, ModelConfig config, bool allowApproximate)
    {
        int vocabularySize = config.VocabularySize;
        VocabularyCheck.Require("The tokenizer", tokenizer.VocabularySize, config, nameof(tokenizer));
        IReadOnlyList<string> approximations = [];
        if (LlamaCppTokenizer.PreTokenizerOf(tokenizer.Definition) is { } preTokenizer)
        {
            AddByteLevel(metadata, tokenizer, preTokenizer);
            approximations = LlamaCppTokenizer.ByteLevelDifferences(tokenizer.Definition, preTokenizer);
        }
        else
        {
            bool addsSpace = LlamaCppTokenizer.AddsSpace(tokenizer.Definition);
            approximations = LlamaCppTokenizer.Approximations(tokenizer.Definition.Model);
            if (approximations.Count > 0 && !allowApproximate)
                throw new NotSupportedException($"The tokenizer can only be approximated: {string.Join("; ", approximations)}. " +
                    $"{nameof(GgufExportOptions.AllowApproximateTokenizer)} allows that.");
            AddSentencePiece(metadata, tokenizer, vocabularySize, addsSpace);
        }
        metadata.Add("tokenizer.ggml.tokens", [.. Enumerable.Range(0, vocabularySize).Select(id => tokenizer.TokenOf(id) ?? $"[PAD{id}]")]);
        metadata.Add("tokenizer.ggml.token_type", LlamaCppTokenizer.Kinds(tokenizer, vocabularySize));
        AddSpecialTokens(metadata, tokenizer, config);
        if (tokenizer.ChatTemplate is { } template)
            metadata.Add("tokenizer.chat_template", template);
        return approximations;
    }

    private static void AddByteLevel(GgufMetadata metadata, Tokenizer tokenizer, string preTokenizer)
    {
        metadata.Add("tokenizer.ggml.model", "gpt2");
        metadata.Add("tokenizer.ggml.pre", preTokenizer);
        metadata.Add("tokenizer.ggml.merges", [.. tokenizer.Definition.Model.Merges
            .OrderBy(merge => merge.Value.Rank)
            .Select(merge => $"{tokenizer.TokenOf(merge.Key.Left)} {tokenizer.TokenOf(merge.Key.Right)}")]);
    }

    private static void AddSentencePiece(GgufMetadata metadata, Tokenizer tokenizer, int vocabularySize, bool addsSpace)
    {
        metadata.Add("tokenizer.ggml.model", "llama");
        metadata.Add("tokenizer.ggml.pre", "default");
        metadata.Add("tokenizer.ggml.add_space_prefix", addsSpace);
        metadata.Add("tokenizer.ggml.scores", SentencePieceScores.Of(tokenizer.Definition.Model, vocabularySize));
    }

    private static void AddSpecialTokens(GgufMetadata metadata, Tokenizer tokenizer, ModelConfig config)
    {
        if ((tokenizer.BeginOfTextId ?? config.BeginOfTextId) is { } begin)
            metadata.Add("tokenizer.ggml.bos_token_id", (uint)begin);
        // llama.cpp knows three ids that end a text, and takes defaults of its own for what is not named.
        int[] ends = [.. (tokenizer.EndOfTextId is { } end ? config.EndOfTextIds.Prepend(end) : config.EndOfTextIds)
            .Distinct()
            .Take(EndKeys.Length)];
        foreach ((string key, int id) in EndKeys.Zip(ends))
            metadata.Add(key, (uint)id);
        if (tokenizer.Definition.Model.UnknownId is { } unknown)
            metadata.Add("tokenizer.ggml.unknown_token_id", (uint)unknown);
        metadata.Add("tokenizer.ggml.add_bos_token", Adds(tokenizer.IdsBefore, tokenizer.BeginOfTextId));
        metadata.Add("tokenizer.ggml.add_eos_token", Adds(tokenizer.IdsAfter, tokenizer.EndOfTextId));

        static bool Adds(int[] ids, int? known) => ids switch
        {
            [] => false,
            [var id] when id == known => true,
            _ =>
                throw new NotSupportedException($"llama.cpp puts at most the begin-of-text token before a text and the end-of-text " +
                    $"token after it; this tokenizer adds {string.Join(", ", ids)}."),
        };
    }
}
