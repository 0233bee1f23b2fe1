using System.Text;
using System.Text.Json;

namespace Puzzle.Text;

/// <summary>Writes JSON so that equal content gives equal text: no white space, properties in ordinal order.</summary>
internal static class CanonicalJson
{
    /// <summary>Rewrites a JSON object.</summary>
    /// <param name="json">Valid JSON text.</param>
    /// <param name="without">Properties of the outermost object to leave out.</param>
    public static string Write(string json, params ReadOnlySpan<string> without)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            Write(document.RootElement, writer, without);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void Write(JsonElement element, Utf8JsonWriter writer, ReadOnlySpan<string> without)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (JsonProperty property in element.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    if (without.Contains(property.Name))
                        continue;
                    writer.WritePropertyName(property.Name);
                    Write(property.Value, writer, []);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in element.EnumerateArray())
                    Write(item, writer, []);
                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }
}
