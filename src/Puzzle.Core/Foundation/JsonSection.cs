using System.Text.Json;

namespace Puzzle.Foundation;

/// <summary>One element of a JSON file; every failure names the file and the element's path.</summary>
internal readonly record struct JsonSection(JsonElement Element, string File, string Path)
{
    public bool IsNull => Element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>Gets the component's type name.</summary>
    public string Type => this["type"].AsString();

    /// <summary>Gets a property, undefined when absent.</summary>
    public JsonSection this[string name]
    {
        get
        {
            Expect(JsonValueKind.Object);
            return new JsonSection(Element.TryGetProperty(name, out JsonElement value) ? value : default, File, $"{Path}.{name}");
        }
    }

    public string AsString()
    {
        Expect(JsonValueKind.String);
        JsonElement element = Element;
        return Unescape(() => element.GetString()!);
    }

    public string? AsStringOrNull() => IsNull ? null : AsString();

    public char AsChar() => AsString() is [char only] ? only : throw Error($"expected a single character, found '{AsString()}'");

    public bool AsBoolean(bool absent) => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null or JsonValueKind.Undefined => absent,
        _ => throw Error($"expected true or false, found {Element.ValueKind}"),
    };

    public int AsCount()
    {
        Expect(JsonValueKind.Number);
        return Element.TryGetInt32(out int value) && value >= 0
            ? value
            : throw Error($"expected a whole number of at least 0, found {Element.GetRawText()}");
    }

    /// <summary>Gives the items of an array, none when absent.</summary>
    public IEnumerable<JsonSection> Items()
    {
        if (IsNull)
            yield break;
        Expect(JsonValueKind.Array);
        int index = 0;
        foreach (JsonElement item in Element.EnumerateArray())
            yield return new JsonSection(item, File, $"{Path}[{index++}]");
    }

    /// <summary>Gives the properties of an object.</summary>
    public IEnumerable<(string Name, JsonSection Value)> Properties()
    {
        Expect(JsonValueKind.Object);
        foreach (JsonProperty property in Element.EnumerateObject())
        {
            string name = Unescape(() => property.Name);
            yield return (name, new JsonSection(property.Value, File, $"{Path}['{name}']"));
        }
    }

    public CheckpointFormatException Error(string message, Exception? cause = null) => new(File, $"{Path}: {message}", cause);

    public CheckpointFormatException Unsupported(string kind) => Error($"the {kind} '{Type}' is not supported");

    private string Unescape(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException invalid)
        {
            throw Error("a string is not valid Unicode", invalid);
        }
    }

    private void Expect(JsonValueKind kind)
    {
        if (Element.ValueKind != kind)
            throw Error($"expected {kind}, found {(Element.ValueKind == JsonValueKind.Undefined ? "nothing" : Element.ValueKind)}");
    }
}
