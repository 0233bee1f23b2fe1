using System.Text;
using System.Text.Json;

namespace Puzzle.Foundation;

/// <summary>Recipes as JSON: an object of the method and the fields in order. What was read is checked by its fingerprint.</summary>
internal static class RecipeJson
{
    private const string Method = "method";
    private const string Fields = "fields";

    /// <summary>Writes a recipe.</summary>
    public static string Write(Recipe recipe)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString(Method, recipe.Method);
            json.WriteStartObject(Fields);
            foreach (RecipeField field in recipe.Fields)
                json.WriteString(field.Name, field.Value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Reads a recipe back.</summary>
    /// <param name="text">What <see cref="Write"/> gave.</param>
    /// <param name="fingerprint">The fingerprint it must have.</param>
    /// <returns>Null where the text is damaged or another recipe's.</returns>
    public static Recipe? TryRead(string text, string fingerprint) => TryRead(Encoding.UTF8.GetBytes(text), fingerprint);

    /// <summary>Reads a recipe back.</summary>
    /// <param name="utf8">What <see cref="Write"/> gave.</param>
    /// <param name="fingerprint">The fingerprint it must have.</param>
    /// <returns>Null where the text is damaged or another recipe's.</returns>
    public static Recipe? TryRead(ReadOnlyMemory<byte> utf8, string fingerprint)
    {
        try
        {
            using JsonDocument json = JsonReader.Parse(utf8, "a recipe");
            var recipe = new Recipe(
                json.RootElement.GetProperty(Method).GetString() ?? "",
                json.RootElement.GetProperty(Fields)
                    .EnumerateObject()
                    .Select(field => new RecipeField(field.Name, field.Value.GetString())));
            return recipe.Fingerprint == fingerprint ? recipe : null;
        }
        catch (Exception exception)
            when (exception is CheckpointFormatException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            return null;
        }
    }
}
