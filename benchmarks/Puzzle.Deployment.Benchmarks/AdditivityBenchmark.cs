using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Profiling;
using Puzzle.Measurement;
using Puzzle.Models;

namespace Puzzle.Deployment.Benchmarks;

/// <summary>How well the sum of profiled subblocks predicts measured whole models: the parent and five heterogeneous children of
/// it.</summary>
internal static class AdditivityBenchmark
{
    public static async Task RunAsync(BenchmarkArguments arguments)
    {
        foreach (ElementType type in new[] { ElementType.Float32, ElementType.Int4 })
            await RunAsync(type, arguments);
    }

    private static async Task RunAsync(ElementType type, BenchmarkArguments arguments)
    {
        ModelConfig config = BenchmarkModels.Small;
        Architecture[] architectures = [config.Architecture, .. BenchmarkModels.SmallChildren];
        var workload = new Workload(arguments.Batch, PromptTokens: 128, GeneratedTokens: 64) { WeightType = type };
        var options = new OnnxProfilingOptions { Threads = arguments.Threads, Rounds = arguments.Rounds };
        CostTable costs = await new OnnxThroughputProfiler(options, arguments.Clock).ProfileAsync(new ProfilingRequest(
            config,
            [.. architectures.SelectMany(blocks => blocks).Select(block => block.Attention).Distinct()],
            [.. architectures.SelectMany(blocks => blocks).Select(block => block.Ffn).Distinct()],
            workload));
        Console.WriteLine($"additivity: {costs.Engine}; batch {workload.BatchSize}, prompt {workload.PromptTokens}, generated " +
            $"{workload.GeneratedTokens}");
        foreach (MeasuredTime time in costs.Times)
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"  {time.Name,-20} prefill {time.Prefill.MedianMilliseconds,8:F3} ± " +
                $"{time.Prefill.SpreadMilliseconds:F3} ms, decode {time.Decode.MedianMilliseconds,8:F4} ± " +
                    $"{time.Decode.SpreadMilliseconds:F4} ms"));

        var export = new OnnxExportOptions { Precision = type == ElementType.Int4 ? OnnxPrecision.Int4 : OnnxPrecision.Float32 };
        using var models = new ExportedModels(arguments.Threads);
        for (int i = 0; i < architectures.Length; i++)
        {
            using CausalLanguageModel model = RandomWeights.Create(config with { Architecture = architectures[i] }, seed: i);
            models.Add(i == 0 ? "parent" : FormattableString.Invariant($"child {i}"), model, export);
        }
        IReadOnlyList<ModelThroughput> measured = await new OnnxThroughputMeter(options, arguments.Clock)
            .MeasureAsync(models.Loaded, workload);
        foreach ((Architecture architecture, ModelThroughput whole) in architectures.Zip(measured))
        {
            BlockCost sum = costs.Total(architecture);
            Console.WriteLine($"  {whole.Name}: prefill {Compare(sum.PrefillMilliseconds, whole.Prefill)}; decode " +
                $"{Compare(sum.DecodeMilliseconds, whole.Decode)}; request " +
                    $"{Error(sum.RuntimeMilliseconds(workload), whole.RequestMilliseconds)}");
        }
    }

    private static string Compare(double sum, Timing whole) => string.Create(
        CultureInfo.InvariantCulture, $"sum {sum:F3}, measured {whole.MedianMilliseconds:F3} ± {whole.SpreadMilliseconds:F3} ms, " +
            $"{Error(sum, whole.MedianMilliseconds)}");

    private static string Error(double sum, double measured) =>
        string.Create(CultureInfo.InvariantCulture, $"{(sum - measured) / measured:+0.0%;-0.0%}");
}
