using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Text;

/// <summary>Which tokens begin and end a text, and how a chat is written: what the files beside a tokenizer say.</summary>
internal sealed record TokenizerConfig
{
    /// <summary>The older file of special tokens.</summary>
    public const string MapFileName = "special_tokens_map.json";

    /// <summary>The file of a chat template that is not in the configuration.</summary>
    public const string TemplateFileName = "chat_template.jinja";

    private static readonly string[] UsualBegins = ["<s>", "<|begin_of_text|>", "<bos>", "<|startoftext|>", "<|endoftext|>"];
    private static readonly string[] UsualEnds = ["</s>", "<|end_of_text|>", "<eos>", "<|endoftext|>"];

    /// <summary>Gets the token before a text.</summary>
    public NamedToken BeginOfText { get; init; }

    /// <summary>Gets the token after a text.</summary>
    public NamedToken EndOfText { get; init; }

    /// <summary>Gets whether encoding adds the token before a text; null to do as tokenizer.json says.</summary>
    public bool? AddsBeginOfText { get; init; }

    /// <summary>Gets whether encoding adds the token after a text; null to do as tokenizer.json says.</summary>
    public bool? AddsEndOfText { get; init; }

    /// <summary>Gets the template that writes a chat as text; null if there is none.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Reads the text of a tokenizer_config.json.</summary>
    public static TokenizerConfig Parse(string text, string file)
    {
        using JsonDocument document = JsonReader.Parse(text, file);
        var root = new JsonSection(document.RootElement, file, "$");
        return new TokenizerConfig
        {
            BeginOfText = ReadToken(root["bos_token"]),
            EndOfText = ReadToken(root["eos_token"]),
            AddsBeginOfText = ReadFlag(root["add_bos_token"]),
            AddsEndOfText = ReadFlag(root["add_eos_token"]),
            ChatTemplate = ReadTemplate(root["chat_template"]),
        };
    }

    /// <summary>Reads the files beside a tokenizer: each token from the first that names it, or says that there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="tokens">The tokenizer's own special tokens: without a tokenizer_config.json the usual names among them count, last of
    /// all.</param>
    /// <param name="inherent">What the tokenizer's own file says of them; null if it says nothing.</param>
    /// <exception cref="CheckpointFormatException">A file is malformed.</exception>
    public static TokenizerConfig Read(string folder, IEnumerable<AddedToken> tokens, TokenizerConfig? inherent = null)
    {
        TokenizerConfig? own = FileIn(folder, Tokenizer.ConfigFileName) is { } file ? Parse(TextFile.ReadAllText(file), file) : inherent;
        TokenizerConfig config = own ?? new TokenizerConfig();
        if (FileIn(folder, MapFileName) is { } map)
            config = config.Or(Parse(TextFile.ReadAllText(map), map));
        foreach (string name in (string[])["config.json", "generation_config.json"])
        {
            if (FileIn(folder, name) is { } ids)
                config = config.Or(ReadIds(ids));
        }
        config = inherent is not null ? config.Or(inherent) : own is null ? config.Or(Guess(tokens)) : config;
        return FileIn(folder, TemplateFileName) is { } template ? config with { ChatTemplate = TextFile.ReadAllText(template) } : config;
    }

    /// <summary>Gives the usual names among a tokenizer's special tokens, for a tokenizer without a configuration.</summary>
    public static TokenizerConfig Guess(IEnumerable<AddedToken> tokens)
    {
        HashSet<string> special = [.. tokens.Where(token => token.IsSpecial).Select(token => token.Content)];
        return new TokenizerConfig
        {
            BeginOfText = NamedToken.Of(Array.Find(UsualBegins, special.Contains)),
            EndOfText = NamedToken.Of(Array.Find(UsualEnds, special.Contains)),
        };
    }

    private TokenizerConfig Or(TokenizerConfig other) =>
        this with { BeginOfText = BeginOfText.Or(other.BeginOfText), EndOfText = EndOfText.Or(other.EndOfText) };

    private static TokenizerConfig ReadIds(string file)
    {
        using JsonDocument document = JsonReader.Parse(TextFile.ReadAllText(file), file);
        var root = new JsonSection(document.RootElement, file, "$");
        return new TokenizerConfig { BeginOfText = ReadId(root["bos_token_id"]), EndOfText = ReadId(root["eos_token_id"]) };
    }

    private static NamedToken ReadToken(JsonSection json) => json.Element.ValueKind switch
    {
        JsonValueKind.Undefined => default,
        JsonValueKind.Null => NamedToken.None,
        JsonValueKind.Object => NamedToken.Of(json["content"].AsString(), json.File),
        _ => NamedToken.Of(json.AsString(), json.File),
    };

    // Of several the first: all of them end a text, which is the model's business.
    private static NamedToken ReadId(JsonSection json) => json.IsNull
        ? default
        : new NamedToken
        {
            Id = json.Element.ValueKind == JsonValueKind.Array
                ? json.Items().Select(item => (int?)item.AsCount()).FirstOrDefault()
                : json.AsCount(),
        };

    private static bool? ReadFlag(JsonSection json) => json.IsNull ? null : json.AsBoolean(false);

    /// <summary>Reads a template, or the one named default of several.</summary>
    private static string? ReadTemplate(JsonSection json) => json.Element.ValueKind == JsonValueKind.Array
        ? json.Items().Where(item => item["name"].AsString() == "default").Select(item => item["template"].AsString()).FirstOrDefault()
        : json.AsStringOrNull();

    private static string? FileIn(string folder, string name) => Path.Combine(folder, name) is var file && File.Exists(file) ? file : null;
}
