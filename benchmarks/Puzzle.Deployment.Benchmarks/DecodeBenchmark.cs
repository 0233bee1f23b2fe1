using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Profiling;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search.Profiling;

namespace Puzzle.Deployment.Benchmarks;

/// <summary>Decode of the same weights in eager torch and in ONNX Runtime, and how near that comes to reading every weight once a
/// token.</summary>
internal static class DecodeBenchmark
{
    private static readonly OnnxPrecision[] Precisions = [OnnxPrecision.Float32, OnnxPrecision.Int8, OnnxPrecision.Int4];

    public static async Task RunAsync(BenchmarkArguments arguments)
    {
        double bandwidth = MemoryBandwidth.Measure(arguments.Threads);
        Console.WriteLine(FormattableString.Invariant($"decode: {arguments.Threads} threads; memory is read at {bandwidth:F1} GB/s"));
        foreach ((string name, ModelConfig config, int generated) in new[] { ("7 M", BenchmarkModels.Small, 32),
            ("125 M", BenchmarkModels.Medium, 8) })
        {
            using CausalLanguageModel model = RandomWeights.Create(config, seed: 1);
            using var exported = new ExportedModels(arguments.Threads);
            foreach (OnnxPrecision precision in Precisions)
                exported.Add(precision.ToString(), model, new OnnxExportOptions { Precision = precision });
            foreach (int batch in new[] { 1, 8 })
                await RunAsync($"{name}, batch {batch}", model, exported, new Workload(batch, 128, generated), bandwidth, arguments);
        }
    }

    private static async Task RunAsync(
        string title, CausalLanguageModel model, ExportedModels exported, Workload workload, double bandwidth, BenchmarkArguments arguments)
    {
        var torch = new List<ModelThroughput>();
        var onnx = new List<IReadOnlyList<ModelThroughput>>();
        // Engines take turns: threads of one that still spin would slow the other down within a round.
        for (int turn = 0; turn < arguments.Rounds; turn++)
        {
            torch.AddRange(await new ThroughputMeter(new ProfilingOptions { Threads = arguments.Threads, Rounds = 1 })
                .MeasureAsync([new("torch", model)], workload));
            await Task.Delay(50);
            // One copy, as in torch: the small model's weights may stay in the cache in both.
            onnx.Add(await new OnnxThroughputMeter(new OnnxProfilingOptions { Rounds = 1, CacheBytes = 1 })
                .MeasureAsync(exported.Loaded, workload));
        }
        Timing eager = Timing.FromSamples(torch.Select(one => one.Decode.MedianMilliseconds)),
            eagerPrefill = Timing.FromSamples(torch.Select(one => one.Prefill.MedianMilliseconds));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {title}: torch {Rate(workload, eager):F0} tok/s " +
            $"({eager.MedianMilliseconds:F3} ± {eager.SpreadMilliseconds:F3} ms), prefill {eagerPrefill.MedianMilliseconds:F2} ms"));
        for (int i = 0; i < Precisions.Length; i++)
        {
            Timing decode = Timing.FromSamples(onnx.Select(round => round[i].Decode.MedianMilliseconds)),
                prefill = Timing.FromSamples(onnx.Select(round => round[i].Prefill.MedianMilliseconds));
            long bytes = exported.Bytes(i) + KeyValueBytes(model.Config, workload);
            double bound = bytes / bandwidth / 1e6;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"    {Precisions[i],-8} {Rate(workload, decode),6:F0} tok/s ({decode.MedianMilliseconds:F3} ± " +
                    $"{decode.SpreadMilliseconds:F3} ms): {eager.MedianMilliseconds / decode.MedianMilliseconds:F2}x torch, " +
                        $"{bound / decode.MedianMilliseconds:P0} of the bandwidth bound ({bytes / 1e6:F1} MB); prefill " +
                            $"{eagerPrefill.MedianMilliseconds / prefill.MedianMilliseconds:F2}x"));
        }
    }

    private static double Rate(Workload workload, Timing decode) => workload.BatchSize * 1000 / decode.MedianMilliseconds;

    // What attention reads in the middle of generation.
    private static long KeyValueBytes(ModelConfig config, Workload workload) =>
        config.Architecture.Select(block => block.Attention).OfType<GroupedQueryAttentionConfig>()
        .Sum(gqa => MemoryModel.KeyValueBytes(config, gqa.KeyValueHeads, workload with { GeneratedTokens = workload.GeneratedTokens / 2 }));
}
