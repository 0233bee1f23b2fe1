using System.Globalization;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Measurement;

namespace Puzzle.Search.Interchange;

/// <summary>
/// The published demonstration's files: <c>block_library.json</c>, and beside it <c>measurement_info.json</c> and
/// <c>parent_block_stats.json</c> where present. A cost is named as its key under <c>stats</c>, a metric as its key under <c>metrics</c>.
/// </summary>
public static class BlockLibraryFile
{
    private const string MeasurementInfo = "measurement_info.json";
    private const string ParentStats = "parent_block_stats.json";
    private static readonly CostName KeyValueHeads = new("num_kv_heads");
    private static readonly CostName FfnSize = new("ffn_intermediate_size");

    /// <summary>Reads a library.</summary>
    /// <param name="path">The path of <c>block_library.json</c>.</param>
    /// <exception cref="CheckpointFormatException">A file is missing or malformed.</exception>
    public static ScoredLibrary Read(string path)
    {
        using JsonDocument json = JsonFile.Open(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IReadOnlyDictionary<CostName, double>? parent = ReadParent(Path.Combine(folder, ParentStats));
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
            throw new CheckpointFormatException(path, $"expected layers 0 to {layers.Count - 1}, found {string.Join(", ", layers.Keys.Take(20))}.");
        return new ScoredLibrary([.. layers.Values]) { Measurement = ReadMeasurement(Path.Combine(folder, MeasurementInfo)) };
    }

    /// <summary>Writes a library and the two files beside it.</summary>
    /// <param name="path">The path of <c>block_library.json</c>.</param>
    /// <param name="library">The library; its non-block costs have no place in this format and must be empty.</param>
    /// <exception cref="ArgumentException">The library has something the format cannot hold.</exception>
    public static void Write(string path, ScoredLibrary library)
    {
        ArgumentNullException.ThrowIfNull(library);
        if (library.FixedCosts.Values.Any(cost => cost != 0))
            throw new ArgumentException("This format has no place for non-block costs.", nameof(library));
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
        if (library.Layers[0].FirstOrDefault(variant => variant.IsParent) is { } parent)
            JsonFile.Write(Path.Combine(folder, ParentStats), json => WriteVariant(json, parent));
        if (library.Measurement.Count > 0)
            JsonFile.Write(Path.Combine(folder, MeasurementInfo), json => WriteMeasurement(json, library.Measurement));
    }

    private static List<ScoredVariant> ReadLayer(string path, JsonProperty layer, IReadOnlyDictionary<CostName, double>? parent)
    {
        var variants = new List<ScoredVariant>();
        foreach (JsonProperty variant in JsonFile.Object(path, layer.Value, layer.Name).EnumerateObject())
        {
            string what = $"variant '{variant.Name}' of {layer.Name}";
            Dictionary<CostName, double> costs = ReadNumbers(path, variant.Value, "stats", what)
                .ToDictionary(number => new CostName(number.Key), number => number.Value);
            if (variants.Exists(other => other.Name == variant.Name))
                throw new CheckpointFormatException(path, $"found {what} twice.");
            variants.Add(new ScoredVariant(variant.Name, ReadNumbers(path, variant.Value, "metrics", what), costs)
            {
                IsParent = parent is null
                    ? variant.Name.Split("parent * 100%").Length == 3
                    : parent.All(cost => costs.TryGetValue(cost.Key, out double value) && value == cost.Value),
                Block = Block(costs),
            });
        }
        return variants;
    }

    private static BlockConfig? Block(Dictionary<CostName, double> costs)
    {
        if (!costs.TryGetValue(KeyValueHeads, out double heads) || !costs.TryGetValue(FfnSize, out double width)
            || heads != Math.Floor(heads) || width != Math.Floor(width) || Math.Max(heads, width) > int.MaxValue || Math.Min(heads, width) < 0)
            return null;
        return new BlockConfig(
            heads == 0 ? new NoOpAttentionConfig() : new GroupedQueryAttentionConfig((int)heads),
            width == 0 ? new NoOpFfnConfig() : new GatedFfnConfig((int)width));
    }

    private static Dictionary<string, double> ReadNumbers(string path, JsonElement element, string name, string what)
    {
        var numbers = new Dictionary<string, double>();
        foreach (JsonProperty number in JsonFile.Object(path, JsonFile.Property(path, element, name, what), $"{name} of {what}").EnumerateObject())
            numbers[number.Name] = JsonFile.Number(path, number.Value, $"{name}.{number.Name} of {what}");
        return numbers;
    }

    private static Dictionary<CostName, double>? ReadParent(string path)
    {
        if (!File.Exists(path))
            return null;
        using JsonDocument json = JsonFile.Open(path);
        return ReadNumbers(path, json.RootElement, "stats", "the parent").ToDictionary(number => new CostName(number.Key), number => number.Value);
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
