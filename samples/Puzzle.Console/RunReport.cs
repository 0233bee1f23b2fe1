using System.Text.Json;
using System.Text.Json.Serialization;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;

namespace Puzzle.ConsoleApp;

/// <summary>What a run found, for machines: report.json.</summary>
internal sealed record RunReport
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) } };

    public int SchemaVersion { get; init; } = 1;

    /// <summary>The hash of what it reports on: another run of the same reads it instead of measuring again.</summary>
    public string? Identity { get; init; }

    /// <summary>The hash of everything else in it.</summary>
    public string? Digest { get; init; }

    public required string Target { get; init; }

    public required Workload Workload { get; init; }

    public required string Engine { get; init; }

    public required double SpeedupMeasured { get; init; }

    public required double Top1AccuracyKept { get; init; }

    public double? Top1AccuracyKeptForeign { get; init; }

    public required double SummedScore { get; init; }

    /// <summary>Null where scores were measured again beside the chosen blocks: no bound is known then.</summary>
    public required double? ScoreBound { get; init; }

    public required string Solver { get; init; }

    public required string Status { get; init; }

    /// <summary>What the architectures of the searches promised and how they measured, the child's last.</summary>
    public required IReadOnlyList<SpeedupPair> SpeedChecks { get; init; }

    public required ModelReport Parent { get; init; }

    public required ModelReport Child { get; init; }

    public ModelReport? Uniform { get; init; }

    public ModelReport? Greedy { get; init; }

    public ForeignEvaluation? Foreign { get; init; }

    /// <summary>Parent and child with the weights that the target engine runs; null where those are not quantized.</summary>
    public QuantizedQuality? Quantized { get; init; }

    public static RunReport Create(CompressSettings settings, CausalLanguageModel parent, PuzzleResult result, IReadOnlyList<ModelThroughput> torch, OnnxRun? onnx, ForeignEvaluation? foreign)
    {
        PuzzleCandidate child = result.Child!;
        BlockCost parentCost = result.Costs.Total(parent.Config.Architecture);
        EngineSpeed Speed(string name) => EngineSpeed.Of(onnx?.Speeds ?? torch, name);
        EngineSpeed? InTorch(string name) => onnx is null ? null : EngineSpeed.Of(torch, name);
        ModelReport Row(PuzzleCandidate candidate) => ModelReport.Create(
            candidate.Final, candidate.Assembled, Speed(candidate.Name), InTorch(candidate.Name),
            candidate.PredictedCost, parentCost, settings.Workload, candidate.Architecture.Select(block => block.Name));
        ModelReport? Baseline(string name) => result.Baselines.FirstOrDefault(candidate => candidate.Name == name) is { } found ? Row(found) : null;
        ModelReport childRow = Row(child);
        return new RunReport
        {
            Target = settings.TargetText,
            Workload = settings.Workload,
            Engine = result.Costs.Engine,
            SpeedupMeasured = childRow.SpeedupMeasured,
            Top1AccuracyKept = child.Final.Top1 / result.Parent.Top1,
            Top1AccuracyKeptForeign = foreign is null ? null : foreign.Child.Top1 / foreign.Parent.Top1,
            SummedScore = result.Search.Objective,
            ScoreBound = double.IsNaN(result.Search.Bound) ? null : result.Search.Bound,
            Solver = result.Search.Solver,
            Status = JsonNamingPolicy.SnakeCaseLower.ConvertName(result.Search.Status.ToString()),
            SpeedChecks = [.. result.SpeedChecks.Select(check => new SpeedupPair(check.PredictedSpeedup, check.MeasuredSpeedup))],
            Parent = ModelReport.Create(
                result.Parent, null, Speed(FinishedModels.Parent), InTorch(FinishedModels.Parent),
                parentCost, parentCost, settings.Workload, parent.Config.Architecture.Select(block => block.Name)),
            Child = childRow,
            Uniform = Baseline("uniform"),
            Greedy = Baseline("greedy"),
            Foreign = foreign,
            Quantized = onnx?.Quantized,
        };
    }

    /// <summary>Reads a report; null if there is none, it is damaged, or it is of something else.</summary>
    public static RunReport? Find(string path, string identity)
    {
        try
        {
            RunReport? found = File.Exists(path) ? JsonSerializer.Deserialize<RunReport>(File.ReadAllText(path), Json) : null;
            return found is not null && found.Identity == identity && found.Digest == found.DigestOf() ? found : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the report.</summary>
    public void Save(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this with { Digest = DigestOf() }, Json));

    private string DigestOf() => Fingerprint.Of(JsonSerializer.Serialize(this with { Digest = null }, Json));
}
