using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Puzzle.Library;
using Puzzle.Measurement;

namespace Puzzle.ConsoleApp;

/// <summary>Scores as rows: layer, attention, FFN, and each metric.</summary>
internal sealed class ScoreTable(
    IReadOnlyList<BlockVariant> blocks, IReadOnlyDictionary<string, BlockScore> scores, IReadOnlyList<ScoreMetric> metrics,
        double? confidence, int seed)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public string ToJson() => new JsonObject { ["rows"] = new JsonArray([.. blocks.Select(Row)]) }.ToJsonString(Indented);

    public void Write(TextWriter writer)
    {
        writer.WriteLine($"{"layer",5}  {"attention",-9} {"ffn",-8}{string.Concat(metrics.Select(metric => $"{metric.Name,14}"))}");
        foreach (BlockVariant block in blocks)
            writer.WriteLine($"{block.Layer,5}  {Name(block.Attention),-9} " +
                $"{Name(block.Ffn),-8}{string.Concat(metrics.Select(metric => Cell(block, metric)))}");
    }

    private static string Name(SubblockVariant variant) => variant.IsParent ? "parent" : variant.Key.Config;

    private string Cell(BlockVariant block, ScoreMetric metric)
    {
        string value = scores[block.Id].Metrics[metric.Name].ToString("G6", CultureInfo.InvariantCulture).PadLeft(14);
        if (confidence is null)
            return value;
        (_, double lower, double upper, _) = Interval(block, metric);
        return string.Create(CultureInfo.InvariantCulture, $"{value} [{lower:G4}, {upper:G4}]");
    }

    private JsonNode Row(BlockVariant block)
    {
        var row = new JsonObject { ["layer"] = block.Layer, ["attention"] = Name(block.Attention), ["ffn"] = Name(block.Ffn) };
        foreach (ScoreMetric metric in metrics)
            row[metric.Name] = scores[block.Id].Metrics[metric.Name];
        if (confidence is not null)
        {
            row["intervals"] = new JsonObject(metrics.Select(metric =>
            {
                (_, double lower, double upper, _) = Interval(block, metric);
                return KeyValuePair.Create<string, JsonNode?>(metric.Name, new JsonArray(lower, upper));
            }));
        }
        return row;
    }

    private BootstrapInterval Interval(BlockVariant block, ScoreMetric metric) =>
        BootstrapInterval.FromSamples(scores[block.Id].Samples![metric.Name], confidence!.Value, seed: seed);
}
