using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Puzzle.Cluster.Kubernetes;

/// <summary>Writes objects, lists, texts and numbers as YAML. Every text is quoted, so that none is read as something else.</summary>
internal static class Yaml
{
    /// <exception cref="ArgumentException">A text has a control character other than a line's end or a tab.</exception>
    public static string Of(JsonObject root)
    {
        var text = new StringBuilder();
        Append(text, root, indent: 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonNode node, int indent)
    {
        string margin = new(' ', indent);
        foreach ((string? key, JsonNode value) in Entries(node))
        {
            text.Append(margin).Append(key is null ? "-" : $"{key}:");
            if (value is JsonValue scalar)
            {
                text.Append(' ').Append(Scalar(scalar)).Append('\n');
                continue;
            }
            text.Append('\n');
            Append(text, value, indent + 2);
        }
    }

    private static IEnumerable<(string? Key, JsonNode Value)> Entries(JsonNode node) => node switch
    {
        JsonObject entries => entries.Select(entry => ((string?)entry.Key, entry.Value!)),
        _ => node.AsArray().Select(entry => ((string?)null, entry!)),
    };

    private static string Scalar(JsonValue value)
    {
        if (value.GetValueKind() != JsonValueKind.String)
            return value.ToJsonString();
        var quoted = new StringBuilder("\"");
        foreach (char letter in value.GetValue<string>())
            quoted.Append(Escaped(letter));
        return quoted.Append('"').ToString();
    }

    private static string Escaped(char letter) => letter switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        // A next line and both separators would be folded.
        '\u0085' or '\u2028' or '\u2029' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
        _ when char.IsControl(letter) =>
            throw new ArgumentException("A job's argument has a control character; no YAML can hold that."),
        _ => letter.ToString(),
    };
}
