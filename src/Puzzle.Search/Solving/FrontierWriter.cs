using System.Globalization;
using System.Text.Json;
using Puzzle.Measurement;

namespace Puzzle.Search.Solving;

/// <summary>Writes frontiers point by point, so that a sweep that is stopped leaves what it found.</summary>
public static class FrontierWriter
{
    /// <summary>Writes comma-separated values: a header, then a row for each point as it comes.</summary>
    /// <param name="writer">Where to; flushed after each row, not closed.</param>
    /// <param name="axes">The swept costs, in the order of the points' maxima.</param>
    /// <param name="points">The points.</param>
    public static void WriteCsv(TextWriter writer, IReadOnlyList<CostName> axes, IEnumerable<FrontierPoint> points)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(axes);
        ArgumentNullException.ThrowIfNull(points);
        CostName[]? costs = null;
        foreach (FrontierPoint point in points)
        {
            if (costs is null)
            {
                costs = point.Result.Totals.Count > 0 ? [.. point.Result.Totals.Keys] : [.. axes];
                string[] columns = ["status", "redundant", "objective", "bound", "gap", "solver", "seconds"];
                string[] header = [.. axes.Select(axis => $"max_{axis}"), .. columns, .. costs.Select(cost => cost.Value)];
                writer.WriteLine(string.Join(',', header));
            }
            SearchResult result = point.Result;
            string[] cells =
            [
                .. point.Maxima.Select(Number),
                Status(result.Status),
                point.IsRedundant ? "true" : "false",
                Number(result.Objective),
                Number(result.Bound),
                Number(result.Gap),
                result.Solver,
                Number(result.Elapsed.TotalSeconds),
                .. costs.Select(cost => result.Totals.TryGetValue(cost, out double total) ? Number(total) : ""),
            ];
            writer.WriteLine(string.Join(',', cells));
            writer.Flush();
        }
    }

    /// <summary>Writes one JSON object whose <c>solutions</c> are the points, each a result with its <c>maxima</c>.</summary>
    /// <param name="stream">Where to; not closed.</param>
    /// <param name="axes">The swept costs, in the order of the points' maxima.</param>
    /// <param name="points">The points.</param>
    public static void WriteJson(Stream stream, IReadOnlyList<CostName> axes, IEnumerable<FrontierPoint> points)
    {
        ArgumentNullException.ThrowIfNull(axes);
        ArgumentNullException.ThrowIfNull(points);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartArray("axes");
        foreach (CostName axis in axes)
            json.WriteStringValue(axis.Value);
        json.WriteEndArray();
        json.WriteStartArray("solutions");
        foreach (FrontierPoint point in points)
        {
            json.WriteStartObject();
            json.WriteStartArray("maxima");
            foreach (double maximum in point.Maxima)
                SearchResultJson.WriteNumber(json, maximum);
            json.WriteEndArray();
            json.WriteBoolean("redundant", point.IsRedundant);
            SearchResultJson.WriteProperties(json, point.Result);
            json.WriteEndObject();
            json.Flush();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    internal static string Status(SearchStatus status) => status switch
    {
        SearchStatus.Optimal => "optimal",
        SearchStatus.Feasible => "feasible",
        SearchStatus.Infeasible => "infeasible",
        _ => "unsolved",
    };

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("G17", CultureInfo.InvariantCulture) : "";
}
