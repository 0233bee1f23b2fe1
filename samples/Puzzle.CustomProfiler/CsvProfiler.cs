using System.Globalization;
using Puzzle.Measurement;

namespace Puzzle.CustomProfiler;

/// <summary>Costs from a file that was measured elsewhere, on the hardware that will serve the child:
/// <c>kind,config,prefill_ms,decode_ms</c>.</summary>
public sealed class CsvProfiler(string file) : IThroughputProfiler
{
    public Task<CostTable> ProfileAsync(
        ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        Dictionary<string, (double Prefill, double Decode)> measured = File.ReadLines(file).Skip(1)
            .Select(line => line.Split(','))
            .ToDictionary(cells => $"{cells[0]} {cells[1]}", cells => (Number(cells[2]), Number(cells[3])), StringComparer.Ordinal);
        CostTable sizes = MemoryModel.Table(request);
        progress?.Report(1);
        return Task.FromResult(sizes with
        {
            Engine = $"measured elsewhere: {Path.GetFileName(file)}",
            Attention = sizes.Attention.ToDictionary(cost => cost.Key, cost => Timed(cost.Value, $"attention {cost.Key.Name}")),
            Ffn = sizes.Ffn.ToDictionary(cost => cost.Key, cost => Timed(cost.Value, $"ffn {cost.Key.Name}")),
            NonBlock = Timed(sizes.NonBlock, "non-block all"),
        });

        BlockCost Timed(BlockCost size, string name) => measured.TryGetValue(name, out var time)
            ? size with { PrefillMilliseconds = time.Prefill, DecodeMilliseconds = time.Decode }
            : size.ParameterCount == 0 ? size : throw new KeyNotFoundException($"{file} has no line for '{name}'.");
    }

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
