using System.Text.Json.Nodes;

namespace Puzzle.Text;

/// <summary>A tokenizer about to be written as tokenizer.json; it is byte-level unless told otherwise.</summary>
internal sealed record TokenizerDocument
{
    /// <summary>Gets the model's tokens; ids are positions.</summary>
    public required IReadOnlyList<string> Vocabulary { get; init; }

    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    public JsonObject? Normalizer { get; init; }

    public JsonObject? PreTokenizer { get; init; }

    public required JsonObject Decoder { get; init; }

    public string? BeginOfText { get; init; }

    public string? EndOfText { get; init; }

    /// <summary>Gets whether encoding puts the begin-of-text token first.</summary>
    public bool EncodesBeginOfText { get; init; }

    public string? UnknownToken { get; init; }

    public bool ByteFallback { get; init; }

    /// <summary>Gives GPT-2's pre-tokenizer and decoder, which are written alike.</summary>
    public static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = true,
    };

    public Tokenizer ToTokenizer()
    {
        var vocabulary = new JsonObject(Vocabulary.Select((token, id) => KeyValuePair.Create(token, (JsonNode?)id)));
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. AddedTokens.Select(Write)]),
            ["normalizer"] = Normalizer,
            ["pre_tokenizer"] = PreTokenizer,
            ["post_processor"] = EncodesBeginOfText
                ? BeginWith(BeginOfText!, AddedTokens.First(token => token.Content == BeginOfText).Id)
                : null,
            ["decoder"] = Decoder,
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = UnknownToken,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = UnknownToken is not null,
                ["byte_fallback"] = ByteFallback,
                ["ignore_merges"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. Merges.Select(pair => JsonValue.Create($"{pair.Left} {pair.Right}"))]),
            },
        };
        var config = new JsonObject
        {
            ["bos_token"] = BeginOfText,
            ["eos_token"] = EndOfText,
            ["clean_up_tokenization_spaces"] = false,
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
        };
        return Tokenizer.Parse(root.ToJsonString(), config.ToJsonString());
    }

    private static JsonObject Write(AddedToken token) => new()
    {
        ["id"] = token.Id,
        ["content"] = token.Content,
        ["single_word"] = token.IsSingleWord,
        ["lstrip"] = token.StripsLeft,
        ["rstrip"] = token.StripsRight,
        ["normalized"] = token.IsNormalized,
        ["special"] = token.IsSpecial,
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
