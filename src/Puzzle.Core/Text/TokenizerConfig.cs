using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Text;

/// <summary>Which tokens begin and end a text.</summary>
/// <param name="BeginOfText">The token before a text, or null.</param>
/// <param name="EndOfText">The token after a text, or null.</param>
internal sealed record TokenizerConfig(string? BeginOfText, string? EndOfText)
{
    private static readonly string[] UsualBegins = ["<s>", "<|begin_of_text|>", "<bos>", "<|startoftext|>", "<|endoftext|>"];
    private static readonly string[] UsualEnds = ["</s>", "<|end_of_text|>", "<eos>", "<|endoftext|>"];

    /// <summary>Reads the text of a tokenizer_config.json.</summary>
    public static TokenizerConfig Parse(string text, string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            var root = new JsonSection(document.RootElement, file, "$");
            return new TokenizerConfig(ReadToken(root["bos_token"]), ReadToken(root["eos_token"]));
        }
        catch (JsonException malformed)
        {
            throw new CheckpointFormatException(file, $"not valid JSON: {malformed.Message}", malformed);
        }
    }

    /// <summary>Gives the usual names among a tokenizer's special tokens, for a tokenizer without a configuration.</summary>
    public static TokenizerConfig Guess(IEnumerable<AddedToken> tokens)
    {
        HashSet<string> special = [.. tokens.Where(token => token.IsSpecial).Select(token => token.Content)];
        return new TokenizerConfig(Array.Find(UsualBegins, special.Contains), Array.Find(UsualEnds, special.Contains));
    }

    private static string? ReadToken(JsonSection json) =>
        json.Element.ValueKind == JsonValueKind.Object ? json["content"].AsString() : json.AsStringOrNull();
}
