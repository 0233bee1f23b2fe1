using System.Text.Json;

namespace Puzzle.Foundation;

/// <summary>
/// One object of a config file, whose members are taken one by one so that those nobody understood can be rejected.
/// A null member counts as absent.
/// </summary>
internal sealed class ConfigObject
{
    private readonly string _file;
    private readonly string _path;
    private readonly Dictionary<string, JsonElement> _untaken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _nulls = new(StringComparer.Ordinal);
    private readonly HashSet<string> _defaults = new(StringComparer.Ordinal);

    /// <summary>Wraps an object.</summary>
    /// <param name="file">The file, for messages.</param>
    /// <param name="path">Where in the file, for example <c>block_configs[3].ffn</c>; empty for the root.</param>
    /// <param name="element">The object.</param>
    /// <exception cref="CheckpointFormatException">It is not an object.</exception>
    public ConfigObject(string file, string path, JsonElement element)
    {
        (_file, _path) = (file, path);
        if (element.ValueKind != JsonValueKind.Object)
            throw Error($"expected an object, found {element.ValueKind}");
        try
        {
            foreach (JsonProperty member in element.EnumerateObject())
            {
                if (member.Value.ValueKind == JsonValueKind.Null)
                    _nulls.Add(member.Name);
                else
                    _untaken.Add(member.Name, member.Value);
            }
        }
        catch (InvalidOperationException exception)
        {
            throw new CheckpointFormatException(file, $"a member's name is malformed: {exception.Message}", exception);
        }
    }

    /// <summary>Tells whether the file has a member that is not null and that was not taken.</summary>
    public bool HasOwn(string key) => _untaken.ContainsKey(key) && !_defaults.Contains(key);

    /// <summary>Tells whether the file says null for a member.</summary>
    public bool HasNull(string key) => _nulls.Contains(key);

    /// <summary>Gives members that the file does not mention, not even as null, a value.</summary>
    /// <param name="values">An object; must stay alive.</param>
    /// <param name="except">Whether a member is to stay absent.</param>
    public void AddDefaults(JsonElement values, Func<string, bool> except)
    {
        foreach (JsonProperty member in values.EnumerateObject())
        {
            if (!_nulls.Contains(member.Name) && !except(member.Name) && _untaken.TryAdd(member.Name, member.Value))
                _defaults.Add(member.Name);
        }
    }

    /// <summary>Takes members of the object around this one, where this one does not mention them.</summary>
    public void AddOuter(ConfigObject outer, IReadOnlyList<string> keys)
    {
        foreach (string key in keys)
        {
            if (outer._untaken.Remove(key, out JsonElement value) && !_nulls.Contains(key))
                _untaken.TryAdd(key, value);
        }
    }

    /// <summary>Takes an integer, or null if absent.</summary>
    public int? TakeInt(string key)
    {
        if (Take(key) is not { } element)
            return null;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value)
            ? value
            : throw Unexpected(key, element, "a 32-bit integer");
    }

    /// <summary>Takes a finite number, or null if absent.</summary>
    public double? TakeDouble(string key)
    {
        if (Take(key) is not { } element)
            return null;
        return element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && double.IsFinite(value)
            ? value
            : throw Unexpected(key, element, "a finite number");
    }

    /// <summary>Takes a number that must be there, positive and finite.</summary>
    public double TakePositive(string key) => TakeDouble(key) is > 0 and var value ? value : throw Error($"there is no positive {key}");

    /// <summary>Takes an array of finite numbers; empty if absent.</summary>
    public IReadOnlyList<double> TakeDoubles(string key) => [.. (TakeArray(key) ?? []).Select(element =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && double.IsFinite(value)
            ? value
            : throw Unexpected(key, element, "finite numbers"))];

    /// <summary>Takes a flag; false if absent.</summary>
    public bool TakeFlag(string key) => Take(key) switch
    {
        null or { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        { } element => throw Unexpected(key, element, "true or false"),
    };

    /// <summary>Takes a string, or null if absent.</summary>
    public string? TakeText(string key) => Take(key) is { } element ? Text(key, element) : null;

    /// <summary>Takes an array of strings; empty if absent.</summary>
    public IReadOnlyList<string> TakeTexts(string key) => [.. (TakeArray(key) ?? []).Select(element => Text(key, element))];

    /// <summary>Takes all members, which must be strings.</summary>
    public List<(string Key, string Text)> TakeAllTexts()
    {
        List<(string, string)> texts = [.. _untaken.Select(member => (member.Key, Text(member.Key, member.Value)))];
        _untaken.Clear();
        return texts;
    }

    /// <summary>Takes all members, which must be objects.</summary>
    public List<(string Key, ConfigObject Object)> TakeAllObjects()
    {
        List<(string, ConfigObject)> objects = [.. _untaken.Select(
            member => (member.Key, new ConfigObject(_file, PathOf(member.Key), member.Value)))];
        _untaken.Clear();
        return objects;
    }

    /// <summary>Takes an object, or null if absent.</summary>
    public ConfigObject? TakeObject(string key) => Take(key) is { } element ? new ConfigObject(_file, PathOf(key), element) : null;

    /// <summary>Takes an array of objects, or null if absent.</summary>
    public IReadOnlyList<ConfigObject>? TakeObjects(string key) =>
        TakeArray(key)?.Select((element, index) => new ConfigObject(_file, $"{PathOf(key)}[{index}]", element)).ToList();

    /// <summary>Takes one integer or an array of them; empty if absent.</summary>
    public IReadOnlyList<int> TakeInts(string key)
    {
        if (!_untaken.TryGetValue(key, out JsonElement element))
            return [];
        if (element.ValueKind != JsonValueKind.Array)
            return [TakeInt(key)!.Value];
        return [.. TakeArray(key)!.Select(
            item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int value)
                ? value
                : throw Unexpected(key, item, "32-bit integers"))];
    }

    /// <summary>Takes a member that may only be absent or have one JSON value: any other would change the computation.</summary>
    public void TakeFixed(string key, string allowed)
    {
        if (Take(key) is { } element && element.GetRawText() is var found && found != allowed && found + ".0" != allowed)
            throw Unexpected(key, element, $"{allowed} (nothing else is supported)");
    }

    /// <summary>Takes a member that does not change the computation.</summary>
    public void Ignore(string key) => _untaken.Remove(key);

    /// <summary>Takes members that do not change the computation, by what their names start with.</summary>
    public void IgnorePrefix(string prefix)
    {
        foreach (string key in _untaken.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToList())
            _untaken.Remove(key);
    }

    /// <summary>Rejects what was not taken.</summary>
    /// <exception cref="CheckpointFormatException">Something is left.</exception>
    public void RejectRest()
    {
        if (_untaken.Count > 0)
            throw Error(
                $"unknown members that may change the computation: {string.Join(", ", _untaken.Keys.Order(StringComparer.Ordinal))}");
    }

    /// <summary>Makes the exception for a fault in this object.</summary>
    public CheckpointFormatException Error(string message) => new(_file, _path.Length == 0 ? message : $"{_path}: {message}");

    private JsonElement? Take(string key) => _untaken.Remove(key, out JsonElement element) ? element : null;

    private List<JsonElement>? TakeArray(string key)
    {
        if (Take(key) is not { } element)
            return null;
        return element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()] : throw Unexpected(key, element, "an array");
    }

    private string Text(string key, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw Unexpected(key, element, "a string");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new CheckpointFormatException(_file, $"{PathOf(key)} is not text: {exception.Message}", exception);
        }
    }

    private string PathOf(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    private CheckpointFormatException Unexpected(string key, JsonElement found, string expected)
    {
        string text = found.GetRawText();
        return new CheckpointFormatException(
            _file, $"{PathOf(key)} is {(text.Length > 60 ? string.Concat(text.AsSpan(0, 60), "...") : text)}; expected {expected}");
    }
}
