using System.Globalization;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Search.Interchange;

/// <summary>
/// Puzzletron's search files: <c>replacement_metrics_and_stats.json</c> (every replacement with metrics and stats, some for
/// runs of layers) and <c>solutions.json</c>. Metrics and costs are named as their keys; a variant as its
/// <c>block_repr</c>, or as its key where it has none or another of its layer has the same.
/// </summary>
public static class PuzzletronFiles
{
    /// <summary>Reads replacements.</summary>
    /// <param name="path">The path of <c>replacement_metrics_and_stats.json</c>.</param>
    /// <exception cref="CheckpointFormatException">The file is missing or malformed, or some layer has no replacement.</exception>
    public static ScoredLibrary ReadReplacements(string path) => JsonFile.Make(path, () => ReadAllReplacements(path));

    private static ScoredLibrary ReadAllReplacements(string path)
    {
        using JsonDocument json = JsonFile.Open(path);
        var layers = new SortedDictionary<int, List<ScoredVariant>>();
        int count = 0;
        foreach (JsonProperty replacement in JsonFile.Object(path, json.RootElement, "the replacements").EnumerateObject())
        {
            int[] indices = ReadIndices(path, replacement);
            count = Math.Max(count, indices[^1] + 1);
            if (!layers.TryGetValue(indices[0], out List<ScoredVariant>? variants))
                layers.Add(indices[0], variants = []);
            ScoredVariant variant = ReadVariant(path, replacement, indices.Length);
            variants.Add(variants.Exists(other => other.Name == variant.Name) ? variant with { Name = replacement.Name } : variant);
        }
        for (int layer = 0; layer < count; layer++)
        {
            if (!layers.ContainsKey(layer))
                throw new CheckpointFormatException(
                    path, $"expected replacements for each of {count} layers, found none that start at layer {layer}.");
        }
        return count == 0
            ? throw new CheckpointFormatException(path, "found no replacements.")
            : new ScoredLibrary([.. layers.Values]);
    }

    /// <summary>Writes replacements.</summary>
    /// <param name="path">The path of <c>replacement_metrics_and_stats.json</c>.</param>
    /// <param name="library">The library; names may repeat between layers.</param>
    public static void WriteReplacements(string path, ScoredLibrary library)
    {
        ArgumentNullException.ThrowIfNull(library);
        JsonFile.Write(path, json =>
        {
            json.WriteStartObject();
            int number = 0;
            for (int layer = 0; layer < library.Layers.Count; layer++)
            {
                foreach (ScoredVariant variant in library.Layers[layer])
                {
                    json.WriteStartObject(string.Create(CultureInfo.InvariantCulture, $"replacement_{number++}"));
                    WriteBlock(json, "block_config", variant.Block);
                    WriteIndices(json, layer, variant.Span);
                    WriteNumbers(json, "metrics", variant.Metrics);
                    WriteNumbers(json, "stats", variant.Costs.ToDictionary(cost => cost.Key.Value, cost => cost.Value));
                    json.WriteBoolean("is_teacher", variant.IsParent);
                    json.WriteString("block_repr", variant.Name);
                    json.WriteEndObject();
                }
            }
            json.WriteEndObject();
        });
    }

    /// <summary>Writes answers as solutions.</summary>
    /// <param name="path">The path of <c>solutions.json</c>.</param>
    /// <param name="library">The library that was searched.</param>
    /// <param name="metric">The metric that was the score.</param>
    /// <param name="results">The answers, best first.</param>
    public static void WriteSolutions(string path, ScoredLibrary library, string metric, IEnumerable<SearchResult> results)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(results);
        JsonFile.Write(path, json =>
        {
            json.WriteStartArray();
            foreach (SearchResult result in results.Where(result => result.HasAnswer))
                WriteSolution(json, library, metric, result);
            json.WriteEndArray();
        });
    }

    /// <summary>Reads solutions as choices from a library, found by layer and block.</summary>
    /// <param name="path">The path of <c>solutions.json</c>.</param>
    /// <param name="library">The library they chose from.</param>
    /// <exception cref="CheckpointFormatException">The file is malformed or names a block the library lacks.</exception>
    public static IReadOnlyList<IReadOnlyList<LayerChoice>> ReadSolutions(string path, ScoredLibrary library)
    {
        ArgumentNullException.ThrowIfNull(library);
        using JsonDocument json = JsonFile.Open(path);
        if (json.RootElement.ValueKind != JsonValueKind.Array)
            throw new CheckpointFormatException(path, $"expected an array of solutions, found {json.RootElement.ValueKind}.");
        return JsonFile.Make(
            path, () => json.RootElement.EnumerateArray().Select(solution => ReadSolution(path, solution, library)).ToList());
    }

    private static LayerChoice[] ReadSolution(string path, JsonElement solution, ScoredLibrary library)
    {
        var choices = new List<LayerChoice>();
        JsonElement replacements = JsonFile.Property(path, solution, "chosen_replacements", "a solution");
        if (replacements.ValueKind != JsonValueKind.Array)
            throw new CheckpointFormatException(path, $"expected an array 'chosen_replacements', found {replacements.ValueKind}.");
        foreach (JsonElement replacement in replacements.EnumerateArray())
        {
            JsonElement indices = JsonFile.Property(path, replacement, "parent_layer_indices", "a replacement");
            JsonElement blocks = JsonFile.Property(path, replacement, "child_block_configs", "a replacement");
            if (blocks.ValueKind != JsonValueKind.Array
                || blocks.GetArrayLength() != 1
                || FirstLayer(indices) is not { } layer
                || layer >= library.Layers.Count)
                throw new CheckpointFormatException(
                    path, $"expected a replacement of layers of the library by one block, found {replacement.GetRawText()}.");
            BlockConfig? block = ReadBlock(path, blocks[0]);
            int index = library.Layers[layer]
                .ToList()
                .FindIndex(variant => block is not null && variant.Block == block && variant.Span == indices.GetArrayLength());
            if (index < 0)
                throw new CheckpointFormatException(path, $"the library has no such block at layer {layer}: {blocks[0].GetRawText()}.");
            choices.Add(new LayerChoice(layer, index, library.Layers[layer][index].Name));
        }
        return [.. choices.OrderBy(choice => choice.Layer)];
    }

    private static int? FirstLayer(JsonElement indices) =>
        indices.ValueKind == JsonValueKind.Array && indices.GetArrayLength() > 0
        && indices[0].ValueKind == JsonValueKind.Number && indices[0].TryGetInt32(out int layer) && layer >= 0
            ? layer
            : null;

    private static int[] ReadIndices(string path, JsonProperty replacement)
    {
        JsonElement list = JsonFile.Property(path, replacement.Value, "parent_layer_indices", replacement.Name);
        var indices = new List<int>();
        if (list.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement index in list.EnumerateArray())
                indices.Add(
                    index.ValueKind == JsonValueKind.Number && index.TryGetInt32(out int layer) && layer is >= 0 and < 100_000
                        ? layer
                        : -1);
        }
        indices.Sort();
        if (indices.Count == 0
            || indices[0] < 0
            || indices[^1] - indices[0] != indices.Count - 1
            || indices.Distinct().Count() != indices.Count)
            throw new CheckpointFormatException(
                path, $"expected a run of layers in 'parent_layer_indices' of {replacement.Name}, found {list.GetRawText()}.");
        return [.. indices];
    }

    private static ScoredVariant ReadVariant(string path, JsonProperty replacement, int span)
    {
        JsonElement element = replacement.Value;
        string name = element.TryGetProperty("block_repr", out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : replacement.Name;
        return new ScoredVariant(
            name,
            ReadNumbers(path, element, "metrics", replacement.Name),
            ReadNumbers(path, element, "stats", replacement.Name).ToDictionary(number => new CostName(number.Key), number => number.Value))
        {
            IsParent = element.TryGetProperty("is_teacher", out JsonElement isTeacher) && isTeacher.ValueKind == JsonValueKind.True,
            Span = span,
            Block = element.TryGetProperty("block_config", out JsonElement block) ? ReadBlock(path, block) : null,
        };
    }

    private static Dictionary<string, double> ReadNumbers(string path, JsonElement element, string name, string what)
    {
        var numbers = new Dictionary<string, double>();
        if (!element.TryGetProperty(name, out JsonElement values))
            return numbers;
        foreach (JsonProperty value in JsonFile.Object(path, values, $"{name} of {what}").EnumerateObject())
        {
            if (value.Value.ValueKind is not JsonValueKind.Null)
                numbers[value.Name] = JsonFile.Number(path, value.Value, $"{name}.{value.Name} of {what}");
        }
        return numbers;
    }

    /// <summary>Reads a block; null for one our configs cannot express.</summary>
    private static BlockConfig? ReadBlock(string path, JsonElement block)
    {
        if (block.ValueKind != JsonValueKind.Object
            || !block.TryGetProperty("attention", out JsonElement attention) || !block.TryGetProperty("ffn", out JsonElement ffn))
            return null;
        JsonFile.Object(path, attention, "attention");
        JsonFile.Object(path, ffn, "ffn");
        AttentionConfig? attentionConfig = Flag(attention, "no_op") ? new NoOpAttentionConfig()
            : Flag(attention, "replace_with_linear") ? new LinearAttentionConfig()
            : Count(attention, "num_key_value_heads") is { } heads ? new GroupedQueryAttentionConfig(heads) : null;
        FfnConfig? ffnConfig = Flag(ffn, "no_op") ? new NoOpFfnConfig()
            : Flag(ffn, "replace_with_linear") ? new LinearFfnConfig()
            : Count(ffn, "intermediate_size") is { } width ? new GatedFfnConfig(width) : null;
        return attentionConfig is null || ffnConfig is null ? null : new BlockConfig(attentionConfig, ffnConfig);
    }

    private static bool Flag(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static int? Count(JsonElement element, string name)
        => element.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out int count)
            && count > 0
            ? count
            : null;

    private static void WriteSolution(Utf8JsonWriter json, ScoredLibrary library, string metric, SearchResult result)
    {
        json.WriteStartObject();
        json.WriteStartArray("chosen_replacements");
        foreach (LayerChoice choice in result.Choice)
        {
            ScoredVariant variant = library.Layers[choice.Layer][choice.VariantIndex];
            json.WriteStartObject();
            WriteIndices(json, choice.Layer, variant.Span);
            json.WriteStartArray("child_block_configs");
            WriteBlock(json, null, variant.Block);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteNumbers(json, "total_value", new Dictionary<string, double> { [$"metrics.{metric}"] = result.Objective });
        WriteNumbers(json, "total_costs", result.Totals.ToDictionary(total => $"stats.{total.Key.Value}", total => total.Value));
        json.WriteStartArray("chosen_block_configs");
        foreach (LayerChoice choice in result.Choice)
            WriteBlock(json, null, library.Layers[choice.Layer][choice.VariantIndex].Block);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteIndices(Utf8JsonWriter json, int layer, int span)
    {
        json.WriteStartArray("parent_layer_indices");
        for (int i = layer; i < layer + span; i++)
            json.WriteNumberValue(i);
        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, double> numbers)
    {
        json.WriteStartObject(name);
        foreach ((string key, double value) in numbers)
            json.WriteNumber(key, value);
        json.WriteEndObject();
    }

    private static void WriteBlock(Utf8JsonWriter json, string? name, BlockConfig? block)
    {
        if (name is not null)
            json.WritePropertyName(name);
        if (block is null)
        {
            json.WriteNullValue();
            return;
        }
        BlockConfigFormat.WriteModelOpt(json, block, namesReach: false);
    }
}
