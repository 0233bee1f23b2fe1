using System.Globalization;
using System.Text.Json;
using Puzzle.Measurement;

namespace Puzzle.Search.Solving;

/// <summary>
/// Writes search results as JSON: <c>{status, objective, bound, gap, totals, choice, solver, seconds}</c>, 17 significant digits, null
/// for what is not known.
/// </summary>
public static class SearchResultJson
{
    /// <summary>Writes one result as an object.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="result">The result.</param>
    public static void Write(Utf8JsonWriter json, SearchResult result)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(result);
        json.WriteStartObject();
        WriteProperties(json, result);
        json.WriteEndObject();
    }

    internal static void WriteProperties(Utf8JsonWriter json, SearchResult result)
    {
        json.WriteString("status", FrontierWriter.Status(result.Status));
        WriteNumber(json, "objective", result.Objective);
        WriteNumber(json, "bound", result.Bound);
        WriteNumber(json, "gap", result.Gap);
        json.WriteStartObject("totals");
        foreach ((CostName cost, double total) in result.Totals)
            WriteNumber(json, cost.Value, total);
        json.WriteEndObject();
        json.WriteStartArray("choice");
        foreach (LayerChoice choice in result.Choice)
            json.WriteStringValue(choice.VariantName);
        json.WriteEndArray();
        json.WriteString("solver", result.Solver);
        WriteNumber(json, "seconds", result.Elapsed.TotalSeconds);
        if (result.Infeasibility is { } infeasibility)
            WriteInfeasibility(json, infeasibility);
    }

    private static void WriteInfeasibility(Utf8JsonWriter json, InfeasibilityReport report)
    {
        json.WriteStartObject("infeasibility");
        json.WriteString("explanation", report.Explanation);
        json.WriteStartArray("bounds");
        foreach (AttainableBound bound in report.Bounds)
        {
            json.WriteStartObject();
            json.WriteString("cost", bound.Cost.Value);
            json.WriteString("kind", bound.IsMaximum ? "max" : "min");
            WriteNumber(json, "limit", bound.Limit);
            WriteNumber(json, "attainable_alone", bound.AttainableAlone);
            WriteNumber(json, "attainable_given_others", bound.AttainableGivenOthers ?? double.NaN);
            json.WriteBoolean("conflicts", bound.Conflicts);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        WriteNumber(json, value);
    }

    /// <summary>Writes a number; null for what is not finite.</summary>
    internal static void WriteNumber(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
            json.WriteRawValue(value.ToString("G17", CultureInfo.InvariantCulture));
        else
            json.WriteNullValue();
    }
}
