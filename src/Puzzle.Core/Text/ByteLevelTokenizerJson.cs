using System.Text.Json;
using System.Text.Json.Nodes;
using Puzzle.Checkpoints;

namespace Puzzle.Text;

/// <summary>Writes byte-level vocabularies as tokenizer.json.</summary>
internal static class ByteLevelTokenizerJson
{
    public static Tokenizer Create(
        IReadOnlyList<string> tokens,
        IReadOnlyList<(string Left, string Right)> merges,
        IReadOnlyList<string> specialTokens,
        string? beginOfText,
        string? endOfText)
    {
        var vocabulary = new JsonObject(tokens.Select((token, id) => KeyValuePair.Create(token, (JsonNode?)id)));
        return Create(vocabulary, merges, specialTokens, beginOfText, endOfText);
    }

    public static Tokenizer FromVocabularyAndMerges(string vocabularyFile, string mergesFile, string? endOfText)
    {
        JsonObject vocabulary;
        try
        {
            vocabulary = JsonNode.Parse(Utf8File.ReadAllText(vocabularyFile)) as JsonObject
                ?? throw new CheckpointFormatException(vocabularyFile, "expected a JSON object from token to id");
        }
        catch (JsonException malformed)
        {
            throw new CheckpointFormatException(vocabularyFile, $"not valid JSON: {malformed.Message}", malformed);
        }
        if (endOfText is not null && (vocabulary[endOfText] as JsonValue)?.TryGetValue(out int _) != true)
            throw new CheckpointFormatException(vocabularyFile, $"the end-of-text token '{endOfText}' has no id");

        var merges = new List<(string Left, string Right)>();
        string[] lines = Utf8File.ReadAllText(mergesFile).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd('\r');
            if (line.Length == 0 || (i == 0 && line.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            merges.Add(line.Split(' ') is [string left, string right]
                ? (left, right)
                : throw new CheckpointFormatException(mergesFile, $"line {i + 1}: expected two tokens, found '{line}'"));
        }
        return Create(vocabulary, merges, endOfText is null ? [] : [endOfText], beginOfText: null, endOfText);
    }

    private static Tokenizer Create(
        JsonObject vocabulary,
        IReadOnlyList<(string Left, string Right)> merges,
        IReadOnlyList<string> specialTokens,
        string? beginOfText,
        string? endOfText)
    {
        var added = specialTokens.Select(token => new JsonObject
        {
            ["id"] = (int)vocabulary[token]!,
            ["content"] = token,
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = true,
        });
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. added]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevel(),
            ["post_processor"] = beginOfText is null ? ByteLevel() : BeginWith(beginOfText, (int)vocabulary[beginOfText]!),
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(pair => JsonValue.Create($"{pair.Left} {pair.Right}"))]),
            },
        };
        var config = new JsonObject
        {
            ["bos_token"] = beginOfText ?? endOfText,
            ["eos_token"] = endOfText,
            ["clean_up_tokenization_spaces"] = false,
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
        };
        return Tokenizer.Parse(root.ToJsonString(), config.ToJsonString());
    }

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = true,
    };

    private static JsonObject BeginWith(string token, int id) => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray(Special(token, 0), Sequence("A", 0)),
        ["pair"] = new JsonArray(Special(token, 0), Sequence("A", 0), Special(token, 1), Sequence("B", 1)),
        ["special_tokens"] = new JsonObject
        {
            [token] = new JsonObject { ["id"] = token, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(token) },
        },
    };

    private static JsonObject Special(string token, int typeId) => new()
    {
        ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = typeId },
    };

    private static JsonObject Sequence(string id, int typeId) => new()
    {
        ["Sequence"] = new JsonObject { ["id"] = id, ["type_id"] = typeId },
    };
}
