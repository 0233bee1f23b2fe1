using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Native;
using Puzzle.Pipeline;
using Puzzle.Search;
using Architecture = Puzzle.Architectures.Architecture;

namespace Puzzle.Reporting;

/// <summary>Makes the report of a run.</summary>
public static class RunReportFactory
{
    /// <summary>Makes a report.</summary>
    /// <param name="result">What the run found.</param>
    /// <param name="context">What else to tell.</param>
    public static RunReport CreateReport(this PuzzleResult result, ReportContext context)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(context);
        Architecture parent = result.ParentArchitecture;
        RunReport report = new()
        {
            Created = context.Created,
            Command = context.Command,
            Target = context.Target,
            Workload = result.Costs.Workload,
            Engine = result.Costs.Engine,
            Solver = result.Search.Solver,
            Status = JsonNamingPolicy.SnakeCaseLower.ConvertName(result.Search.Status.ToString()),
            Infeasibility = result.Child is null ? result.Search.Infeasibility?.Explanation ?? result.Search.Status.ToString() : null,
            SpeedChecks = [.. result.SpeedChecks.Select(check => new SpeedupPair(check.PredictedSpeedup, check.MeasuredSpeedup))],
            Finalists = [.. result.Finalists.Select(finalist => new FinalistReport(
                [.. finalist.Architecture.Select(block => block.Name)], finalist.Score, finalist.Trials, finalist.IsChosen))],
            Parent = Row(RunReport.ParentName, result.Parent, null, result.ParentCost, parent),
            Baselines = result.Baselines.ToDictionary(baseline => baseline.Name, Candidate),
            Scores = Scores(result, context.Frontier?.Objective ?? "score"),
            Frontier = context.Frontier,
            Foreign = context.Foreign,
            Quantized = context.Quantized,
            Samples = context.Samples,
            Seeds = context.Seeds,
            Fingerprints = context.Fingerprints,
            Versions = Versions(),
        };
        return result.Child is { } child ? WithChild(child) : report;

        RunReport WithChild(PuzzleCandidate child)
        {
            ModelReport row = Candidate(child);
            return report with
            {
                Child = row,
                SpeedupMeasured = row.SpeedupMeasured,
                Top1AccuracyKept = child.Final.Top1 / result.Parent.Top1,
                Top1AccuracyKeptForeign = context.Foreign is { } foreign ? foreign.Child.Top1 / foreign.Parent.Top1 : null,
                SummedScore = child.Result.Objective,
                ScoreBound = double.IsNaN(result.Search.Bound) ? null : result.Search.Bound,
                Layers = [.. child.Result.Choice.Select(
                    choice => Layer(result.Problem, choice, parent[choice.Layer], child.Architecture[choice.Layer]))],
                Costs = Costs(result.Costs, parent, child.Architecture),
                BlockwiseCurves = [.. child.VariantCurves.Select(curve => new LossCurve(curve.Key, curve.Value))],
                Fit = child.Fit,
                Fusion = child.Fusion,
                GlobalCurve = child.HealingCurve.Count > 0 ? new LossCurve("child", child.HealingCurve) : null,
            };
        }

        ModelReport Candidate(PuzzleCandidate candidate) =>
            Row(candidate.Name, candidate.Final, candidate.Assembled, candidate.PredictedCost, candidate.SavedArchitecture);

        ModelReport Row(string name, ModelEvaluation quality, ModelEvaluation? assembled, BlockCost cost, Architecture architecture) =>
            ModelReport.Create(
            quality, assembled, EngineSpeed.Find(context.EngineSpeeds ?? result.Speeds, name), context.EngineSpeeds is null
                ? null
                : EngineSpeed.Find(result.Speeds, name),
            cost, result.ParentCost, result.Costs.Workload, architecture);
    }

    private static LayerReport Layer(SearchProblem problem, LayerChoice choice, BlockConfig parent, BlockConfig child)
    {
        SearchVariant chosen = problem.Layers[choice.Layer][choice.VariantIndex];
        SearchVariant own = problem.Layers[choice.Layer].First(variant => variant.IsParent);
        double time = own.Costs.GetValueOrDefault(CostName.Runtime);
        return new LayerReport(
            choice.Layer, child.Attention.Name, KeptShare.Of(child.Attention, parent.Attention), child.Ffn.Name,
            KeptShare.Of(child.Ffn, parent.Ffn),
            chosen.Score, time > 0 ? chosen.Costs.GetValueOrDefault(CostName.Runtime) / time : 1);
    }

    private static ScoreMap Scores(PuzzleResult result, string objective)
    {
        IReadOnlyList<IReadOnlyList<SearchVariant>> layers = result.Problem.Layers;
        string[] names = [.. layers.SelectMany(layer => layer)
            .GroupBy(variant => variant.Name, StringComparer.Ordinal)
            .OrderBy(group => group.Average(variant => variant.Costs.GetValueOrDefault(CostName.Runtime)))
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => group.Key)];
        return new ScoreMap(objective, names, [.. layers.Select(layer =>
        {
            Dictionary<string, double> scores = layer.ToDictionary(
                variant => variant.Name, variant => variant.Score, StringComparer.Ordinal);
            return (IReadOnlyList<double?>)[.. names.Select(name => scores.TryGetValue(name, out double score) ? score : (double?)null)];
        })]);
    }

    private static IReadOnlyList<CostPart> Costs(CostTable costs, Architecture parent, Architecture child)
    {
        return
        [
            Part("attention", Sum(parent, Attention), Sum(child, Attention)),
            Part("FFN", Sum(parent, Ffn), Sum(child, Ffn)),
            Part("embedding, final norm and head", costs.NonBlock, costs.NonBlock),
        ];

        BlockCost Attention(BlockConfig block) => costs.Attention[block.Attention];

        BlockCost Ffn(BlockConfig block) => costs.Ffn[block.Ffn];

        static BlockCost Sum(Architecture architecture, Func<BlockConfig, BlockCost> cost) =>
            architecture.Aggregate(BlockCost.Zero, (sum, block) => sum.Add(cost(block)));

        CostPart Part(string name, BlockCost own, BlockCost made) => new(
            name, own.RuntimeMilliseconds(costs.Workload), made.RuntimeMilliseconds(costs.Workload), own.WeightBytes, made.WeightBytes,
            own.KeyValueBytes, made.KeyValueBytes);
    }

    private static SortedDictionary<string, string> Versions() => new(StringComparer.Ordinal)
    {
        ["puzzle"] = Version(typeof(PuzzlePipeline)),
        ["torchsharp"] = Version(typeof(TorchSharp.torch)),
        ["dotnet"] = RuntimeInformation.FrameworkDescription,
        ["os"] = RuntimeInformation.OSDescription,
        ["processor"] = $"{HostHardware.ProcessorName()}, {Environment.ProcessorCount} logical",
    };

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? type.Assembly.GetName().Version?.ToString() ?? "unknown";
}
