using System.Globalization;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Search.Interchange;

/// <summary>
/// The published demonstration's files: <c>block_library.json</c>, and beside it <c>measurement_info.json</c> and
/// <c>parent_block_stats.json</c> where present. A cost is named as its key under <c>stats</c>, a metric as its key under <c>metrics</c>.
/// Two things are added that the demonstration's own reader passes over: <c>is_parent</c> of a variant, and the costs outside
/// the blocks in <c>non_block_stats.json</c>.
/// </summary>
public static class BlockLibraryFile
{
    /// <summary>The name such a file usually has.</summary>
    public const string FileName = "block_library.json";

    private const string MeasurementInfo = "measurement_info.json";
    private const string ParentStats = "parent_block_stats.json";
    private const string NonBlockStats = "non_block_stats.json";
    private const string IsParent = "is_parent";
    private static readonly CostName KeyValueHeads = new("num_kv_heads");
    private static readonly CostName FfnSize = new("ffn_intermediate_size");

    /// <summary>Reads a library.</summary>
    /// <param name="path">The path of <c>block_library.json</c>.</param>
    /// <exception cref="CheckpointFormatException">A file is missing or malformed.</exception>
    public static ScoredLibrary Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return JsonFile.Make(path, () => ReadAll(path));
    }

    private static ScoredLibrary ReadAll(string path)
    {
        using JsonDocument json = JsonFile.Open(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IReadOnlyDictionary<CostName, double>? parent = ReadStats(Path.Combine(folder, ParentStats), "the parent");
        var layers = new SortedDictionary<int, IReadOnlyList<ScoredVariant>>();
        foreach (JsonProperty layer in JsonFile.Object(path, json.RootElement, "the library").EnumerateObject())
        {
            if (!layer.Name.StartsWith("layer_", StringComparison.Ordinal)
                || !int.TryParse(layer.Name.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                || layers.ContainsKey(number))
                throw new CheckpointFormatException(path, $"expected layers named layer_0, layer_1, ..., each once; found '{layer.Name}'.");
            layers.Add(number, ReadLayer(path, layer, parent));
        }
        if (layers.Count == 0 || layers.Last().Key != layers.Count - 1)
            throw new CheckpointFormatException(
                path, $"expected layers 0 to {layers.Count - 1}, found {string.Join(", ", layers.Keys.Take(20))}.");
        return new ScoredLibrary([.. layers.Values])
        {
            FixedCosts = ReadStats(Path.Combine(folder, NonBlockStats), "the non-block part") ?? [],
            Measurement = ReadMeasurement(Path.Combine(folder, MeasurementInfo)),
        };
    }

    /// <summary>Writes a library and the files beside it; those it has nothing for are deleted.</summary>
    /// <param name="path">The path of <c>block_library.json</c>.</param>
    /// <param name="library">The library.</param>
    /// <exception cref="ArgumentException">The library has something the format cannot hold.</exception>
    public static void Write(string path, ScoredLibrary library)
    {
        ArgumentNullException.ThrowIfNull(library);
        if (library.Layers.Any(variants => variants.Any(variant => variant.Span != 1)))
            throw new ArgumentException("This format has no place for variants that stand for several layers.", nameof(library));
        JsonFile.Write(path, json =>
        {
            json.WriteStartObject();
            for (int layer = 0; layer < library.Layers.Count; layer++)
            {
                json.WriteStartObject(string.Create(CultureInfo.InvariantCulture, $"layer_{layer}"));
                foreach (ScoredVariant variant in library.Layers[layer])
                {
                    json.WritePropertyName(variant.Name);
                    WriteVariant(json, variant);
                }
                json.WriteEndObject();
            }
            json.WriteEndObject();
        });
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        ScoredVariant? parent = library.Layers[0].FirstOrDefault(variant => variant.IsParent);
        WriteBeside(folder, ParentStats, parent is null ? null : json => WriteVariant(json, parent));
        WriteBeside(folder, NonBlockStats, library.FixedCosts.Count == 0 ? null : json => WriteNonBlock(json, library.FixedCosts));
        WriteBeside(folder, MeasurementInfo, library.Measurement.Count == 0 ? null : json => WriteMeasurement(json, library.Measurement));
    }

    private static void WriteBeside(string folder, string name, Action<Utf8JsonWriter>? write)
    {
        string path = Path.Combine(folder, name);
        if (write is null)
            File.Delete(path);
        else
            JsonFile.Write(path, write);
    }

    private static List<ScoredVariant> ReadLayer(string path, JsonProperty layer, IReadOnlyDictionary<CostName, double>? parent)
    {
        var variants = new List<ScoredVariant>();
        var names = new HashSet<string>();
        bool marksParent = JsonFile.Object(path, layer.Value, layer.Name).EnumerateObject().Any(variant => Marks(variant.Value));
        foreach (JsonProperty variant in layer.Value.EnumerateObject())
        {
            string what = $"variant '{variant.Name}' of {layer.Name}";
            Dictionary<CostName, double> costs = ReadNumbers(path, variant.Value, "stats", what)
                .ToDictionary(number => new CostName(number.Key), number => number.Value);
            if (!names.Add(variant.Name))
                throw new CheckpointFormatException(path, $"found {what} twice.");
            variants.Add(new ScoredVariant(variant.Name, ReadNumbers(path, variant.Value, "metrics", what), costs)
            {
                IsParent = marksParent ? Marks(variant.Value)
                    : parent is null ? variant.Name.Split("parent * 100%").Length == 3
                    : parent.All(cost => costs.TryGetValue(cost.Key, out double value) && value == cost.Value),
                Block = Block(variant.Name, costs),
            });
        }
        return variants;
    }

    private static bool Marks(JsonElement variant)
        => variant.ValueKind == JsonValueKind.Object && variant.TryGetProperty(IsParent, out JsonElement value)
            && value.ValueKind == JsonValueKind.True;

    private static BlockConfig? Block(string name, Dictionary<CostName, double> costs)
    {
        if (!costs.TryGetValue(KeyValueHeads, out double heads) || !costs.TryGetValue(FfnSize, out double width))
            return BlockConfig.TryParse(name, out BlockConfig? named) ? named : null;
        if (heads != Math.Floor(heads) || width != Math.Floor(width) || Math.Max(heads, width) > int.MaxValue || Math.Min(heads, width) < 0)
            return null;
        return new BlockConfig(
            heads == 0 ? new NoOpAttentionConfig() : new GroupedQueryAttentionConfig((int)heads),
            width == 0 ? new NoOpFfnConfig() : new GatedFfnConfig((int)width));
    }

    private static Dictionary<string, double> ReadNumbers(string path, JsonElement element, string name, string what)
    {
        var numbers = new Dictionary<string, double>();
        foreach (JsonProperty number in JsonFile.Object(path, JsonFile.Property(path, element, name, what), $"{name} of {what}")
            .EnumerateObject())
            numbers[number.Name] = JsonFile.Number(path, number.Value, $"{name}.{number.Name} of {what}");
        return numbers;
    }

    private static Dictionary<CostName, double>? ReadStats(string path, string what)
    {
        if (!File.Exists(path))
            return null;
        using JsonDocument json = JsonFile.Open(path);
        return ReadNumbers(path, json.RootElement, "stats", what).ToDictionary(number => new CostName(number.Key), number => number.Value);
    }

    private static Dictionary<string, string> ReadMeasurement(string path)
    {
        var measurement = new Dictionary<string, string>();
        if (!File.Exists(path))
            return measurement;
        using JsonDocument json = JsonFile.Open(path);
        foreach (JsonProperty property in JsonFile.Object(path, json.RootElement, "the measurement").EnumerateObject())
            measurement[property.Name] = property.Value.ToString();
        return measurement;
    }

    private static void WriteVariant(Utf8JsonWriter json, ScoredVariant variant)
    {
        json.WriteStartObject();
        json.WriteStartObject("stats");
        foreach ((CostName cost, double value) in variant.Costs)
            json.WriteNumber(cost.Value, value);
        json.WriteEndObject();
        json.WriteStartObject("metrics");
        foreach ((string metric, double value) in variant.Metrics)
            json.WriteNumber(metric, value);
        json.WriteEndObject();
        if (variant.IsParent)
            json.WriteBoolean(IsParent, true);
        json.WriteEndObject();
    }

    private static void WriteNonBlock(Utf8JsonWriter json, IReadOnlyDictionary<CostName, double> costs)
    {
        json.WriteStartObject();
        json.WriteStartObject("stats");
        foreach ((CostName cost, double value) in costs)
            json.WriteNumber(cost.Value, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteMeasurement(Utf8JsonWriter json, IReadOnlyDictionary<string, string> measurement)
    {
        json.WriteStartObject();
        foreach ((string key, string value) in measurement)
        {
            if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
                json.WriteNumber(key, number);
            else
                json.WriteString(key, value);
        }
        json.WriteEndObject();
    }
}
