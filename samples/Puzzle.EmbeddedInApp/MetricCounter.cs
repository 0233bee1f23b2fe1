using System.Collections.Concurrent;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Puzzle.EmbeddedInApp;

/// <summary>Remembers which instruments have measured something; an app exports to its collector instead.</summary>
public sealed class MetricCounter : BaseExporter<Metric>
{
    private static readonly ConcurrentDictionary<string, bool> Seen = [];

    public static IReadOnlyCollection<string> Names => [.. Seen.Keys.Order(StringComparer.Ordinal)];

    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (Metric metric in batch)
            Seen.TryAdd(metric.Name, true);
        return ExportResult.Success;
    }
}
