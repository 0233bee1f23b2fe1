using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Profiling;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Deployment.Benchmarks;

/// <summary>
/// Chooses a child of the default parent for 1.5x from costs profiled in ONNX Runtime and measures it there. A block's score is the share
/// of the parent's parameters that it lacks, times a weight drawn for its layer: what the child is worth does not matter here, only that it
/// is mixed.
/// </summary>
internal static class ChildBenchmark
{
    private const double Speedup = 1.5;
    // Sums of profiled costs err by a few percent: aim a little higher than asked, as the console does.
    private const double Margin = 1.03;

    public static async Task RunAsync(BenchmarkArguments arguments)
    {
        foreach (ElementType type in new[] { ElementType.Float32, ElementType.Int4 })
            await RunAsync(type, arguments);
    }

    private static async Task RunAsync(ElementType type, BenchmarkArguments arguments)
    {
        ModelConfig parent = BenchmarkModels.Small;
        SearchSpace space = SearchSpace.Create(parent, [75, 50, 25, 10], widthMultiple: 16, withLinear: false);
        var workload = new Workload(arguments.Batch, PromptTokens: 128, GeneratedTokens: 64) { WeightType = type };
        var options = new OnnxProfilingOptions { Threads = arguments.Threads, Rounds = arguments.Rounds };
        CostTable costs = await new OnnxThroughputProfiler(options, arguments.Clock).ProfileAsync(new ProfilingRequest(
            parent,
            space.AllAttention,
            space.AllFfn,
            workload));
        Architecture child = Choose(space, costs);
        double predicted = costs.Total(parent.Architecture).RuntimeMilliseconds(workload) / costs.Total(child)
            .RuntimeMilliseconds(workload);

        var export = new OnnxExportOptions { Precision = type == ElementType.Int4 ? OnnxPrecision.Int4 : OnnxPrecision.Float32 };
        using var models = new ExportedModels(arguments.Threads);
        foreach ((string name, Architecture architecture) in new[] { ("parent", parent.Architecture), ("child", child) })
        {
            using CausalLanguageModel model = RandomWeights.Create(parent with { Architecture = architecture }, seed: 1);
            models.Add(name, model, export);
        }
        IReadOnlyList<ModelThroughput> cold = await new OnnxThroughputMeter(options, arguments.Clock).MeasureAsync(models.Loaded, workload);
        options.CacheBytes = 1;
        IReadOnlyList<ModelThroughput> warm = await new OnnxThroughputMeter(options, arguments.Clock).MeasureAsync(models.Loaded, workload);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"child for {Speedup}x, {type} weights, batch {workload.BatchSize}: predicted {predicted:F2}x, measured " +
                $"{SpeedupOf(cold):F2}x with cold weights, {SpeedupOf(warm):F2}x when each model has the cache to itself; {child}"));
    }

    private static double SpeedupOf(IReadOnlyList<ModelThroughput> measured) =>
        measured[0].RequestMilliseconds / measured[1].RequestMilliseconds;

    private static Architecture Choose(SearchSpace space, CostTable costs)
    {
        var random = new Random(1);
        SearchVariant[][] layers =
        [
            .. Enumerable.Range(0, space.Layers).Select(layer =>
            {
                (BlockConfig own, double weight) = (space.Parent[layer], random.NextDouble() + 0.5);
                return space.Blocks(layer).Select(block => new SearchVariant(
                    block.Name,
                    weight * (1 - ((double)costs[block].ParameterCount / costs[own].ParameterCount)),
                    new Dictionary<CostName,
                        double> { [CostName.Runtime] = costs[block].RuntimeMilliseconds(costs.Workload) }) { IsParent = block == own,
                        Block = block }).ToArray();
            }),
        ];
        double fixedCost = costs.NonBlock.RuntimeMilliseconds(costs.Workload),
            parent = costs.Total(space.Parent).RuntimeMilliseconds(costs.Workload);
        var problem = new SearchProblem
        {
            Layers = layers,
            FixedCosts = new Dictionary<CostName, double> { [CostName.Runtime] = fixedCost },
            Constraints = [new ResourceConstraint(CostName.Runtime, parent / (Speedup * Margin))],
        };
        SearchResult result = new ArchitectureSolver(new ArchitectureSolverOptions()).Solve(problem);
        return new Architecture(result.Choice.Select(choice => layers[choice.Layer][choice.VariantIndex].Block!));
    }
}
