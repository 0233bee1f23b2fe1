using System.Globalization;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Search.Interchange;

namespace Puzzle.Search.Profiling;

/// <summary>
/// Times measured elsewhere, from a file of rows <c>config, prefill_ms, decode_ms</c>: CSV with that header, or a JSON array of objects. A
/// config is an attention name (<c>gqa-8</c>), an FFN name (<c>ffn-704</c>, <c>ffn-linear</c>; attention: <c>attention-linear</c>) or
/// <c>non_block</c>; no-ops cost nothing. Parameters and memory are computed.
/// </summary>
/// <param name="path">The file.</param>
public sealed class ImportedThroughputProfiler(string path) : IThroughputProfiler
{
    private const string NonBlock = "non_block";
    private static readonly string[] Columns = ["config", "prefill_ms", "decode_ms"];

    /// <inheritdoc/>
    public string Settings => Fingerprint.Of(nameof(ImportedThroughputProfiler), TextFile.ReadAllText(path));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The request is inconsistent.</exception>
    /// <exception cref="CheckpointFormatException">The file is malformed, or lacks a config of the request.</exception>
    public async Task<CostTable> ProfileAsync(
        ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Model.Validate();
        request.Workload.Validate();
        Dictionary<string, (double Prefill, double Decode)> times = string.Equals(
            Path.GetExtension(path), ".json", StringComparison.OrdinalIgnoreCase)
            ? ReadJson()
            : ReadCsv(await Task.Run(() => TextFile.ReadLines(path).ToList(), cancellationToken).ConfigureAwait(false));
        CostTable costs = MemoryModel.Table(request);
        costs = costs with
        {
            Engine = $"imported from {Path.GetFileName(path)}",
            Attention = costs.Attention.ToDictionary(cost => cost.Key, cost => WithTime(cost.Value, NameOf(cost.Key), times)),
            Ffn = costs.Ffn.ToDictionary(cost => cost.Key, cost => WithTime(cost.Value, NameOf(cost.Key), times)),
            NonBlock = times.ContainsKey(NonBlock) ? WithTime(costs.NonBlock, NonBlock, times) : costs.NonBlock,
        };
        progress?.Report(1);
        return costs;
    }

    private static string? NameOf(AttentionConfig config) => config switch
    {
        NoOpAttentionConfig => null,
        GroupedQueryAttentionConfig => config.Name,
        _ => $"attention-{config.Name}",
    };

    private static string? NameOf(FfnConfig config) => config is NoOpFfnConfig ? null : $"ffn-{config.Name}";

    private BlockCost WithTime(BlockCost cost, string? name, Dictionary<string, (double Prefill, double Decode)> times)
    {
        if (name is null)
            return cost;
        if (!times.TryGetValue(name, out var time))
            throw new CheckpointFormatException(path, $"expected a row for '{name}', found {string.Join(", ", times.Keys.Take(20))}.");
        return cost with { PrefillMilliseconds = time.Prefill, DecodeMilliseconds = time.Decode };
    }

    private Dictionary<string, (double Prefill, double Decode)> ReadCsv(List<(int Number, string Text)> lines)
    {
        string[] header = lines.Count == 0 ? [] : [.. lines[0].Text.Split(',').Select(name => name.Trim())];
        int[] places = [.. Columns.Select(column => Array.IndexOf(header, column))];
        if (places.Contains(-1))
            throw new CheckpointFormatException(
                path, $"expected the header {string.Join(',', Columns)}, found '{string.Join(',', header)}'.");
        var times = new Dictionary<string, (double, double)>();
        foreach ((int line, string text) in lines.Skip(1))
        {
            string[] cells = [.. text.Split(',').Select(cell => cell.Trim())];
            if (cells.Length != header.Length)
                throw new CheckpointFormatException(path, $"expected {header.Length} cells in line {line}, found {cells.Length}.");
            Add(times, cells[places[0]], Time(cells[places[1]], line), Time(cells[places[2]], line));
        }
        return times;
    }

    private double Time(string text, int line)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new CheckpointFormatException(path, $"expected a number in line {line}, found '{text}'.");

    private Dictionary<string, (double Prefill, double Decode)> ReadJson()
    {
        using JsonDocument json = JsonFile.Open(path);
        if (json.RootElement.ValueKind != JsonValueKind.Array)
            throw new CheckpointFormatException(path, $"expected an array, found {json.RootElement.ValueKind}.");
        var times = new Dictionary<string, (double, double)>();
        foreach (JsonElement row in json.RootElement.EnumerateArray())
        {
            string name = JsonFile.Property(path, row, Columns[0], "a row").ToString();
            double prefill = JsonFile.Number(path, JsonFile.Property(path, row, Columns[1], name), $"{Columns[1]} of {name}");
            Add(times, name, prefill, JsonFile.Number(path, JsonFile.Property(path, row, Columns[2], name), $"{Columns[2]} of {name}"));
        }
        return times;
    }

    private void Add(Dictionary<string, (double, double)> times, string name, double prefill, double decode)
    {
        if (!(prefill >= 0 && decode >= 0 && double.IsFinite(prefill + decode)))
            throw new CheckpointFormatException(
                path,
                FormattableString.Invariant($"expected times of '{name}' that are finite and not negative, found {prefill} and {decode}."));
        if (!times.TryAdd(name, (prefill, decode)))
            throw new CheckpointFormatException(path, $"found '{name}' twice.");
    }
}
