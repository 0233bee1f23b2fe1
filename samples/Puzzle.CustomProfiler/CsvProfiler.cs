using System.Globalization;
using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.CustomProfiler;

/// <summary>Costs from a file that was measured elsewhere, on the hardware that will serve the child:
/// <c>kind,config,prefill_ms,decode_ms</c>.</summary>
public sealed class CsvProfiler(string file) : IThroughputProfiler
{
    public Task<CostTable> ProfileAsync(
        ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Workload.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        Dictionary<string, (double Prefill, double Decode)> measured = TextFile.ReadLines(file).Skip(1)
            .Select(line => line.Text.Split(',') is { Length: 4 } cells
                ? (Name: $"{cells[0]} {cells[1]}", Time: (Number(cells[2], line.Number), Number(cells[3], line.Number)))
                : throw new CheckpointFormatException(file, $"line {line.Number} has no four cells"))
            .DistinctBy(cost => cost.Name, StringComparer.Ordinal)
            .ToDictionary(cost => cost.Name, cost => cost.Time, StringComparer.Ordinal);
        CostTable sizes = MemoryModel.Table(request);
        progress?.Report(1);
        return Task.FromResult(sizes with
        {
            Engine = $"measured elsewhere: {Path.GetFileName(file)}",
            Attention = sizes.Attention.ToDictionary(cost => cost.Key, cost => Timed(cost.Value, $"attention {cost.Key.Name}")),
            Ffn = sizes.Ffn.ToDictionary(cost => cost.Key, cost => Timed(cost.Value, $"ffn {cost.Key.Name}")),
            NonBlock = Timed(sizes.NonBlock, "non-block all"),
        });

        double Number(string text, int line) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
                ? number
                : throw new CheckpointFormatException(file, $"line {line}: '{text}' is not a number");

        BlockCost Timed(BlockCost size, string name) => measured.TryGetValue(name, out var time)
            ? size with { PrefillMilliseconds = time.Prefill, DecodeMilliseconds = time.Decode }
            : size.ParameterCount == 0 ? size : throw new CheckpointFormatException(file, $"there is no line for '{name}'");
    }
}
