using System.Diagnostics;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Training.Benchmarks;

/// <summary>Blockwise distillation of the paper's space on the default parent's shape against the straightforward loop, and its share of
/// the matmul rate.</summary>
internal static class BlockwiseBenchmark
{
    private const int BatchSize = 4;
    private const int SequenceLength = 256;
    private const int CalibrationWindows = 32;
    private const double LearningRate = 1e-3;

    /// <param name="steps">Steps of each variant.</param>
    /// <param name="layers">Layers to compare on, the first ones; with none of them only the share of the matmul rate is measured.</param>
    public static async Task RunAsync(int steps, int layers)
    {
        using CausalLanguageModel parent = RandomWeights.Create(BenchmarkModel.Config, 1);
        PackedTokenDataset data = BenchmarkModel.Windows((steps * BatchSize) + CalibrationWindows, SequenceLength);
        int workers = Environment.ProcessorCount;
        await ShareAsync(parent, data, steps);
        if (layers == 0)
            return;

        var losses = new Dictionary<SubblockKey, double>();
        (double ours, double oursProcessor) = await TimeAsync(async () =>
            losses = await DistilAsync(parent, data, SearchSpace.Paper(parent.Config), steps, ..layers, workers, progress: null));
        var others = new Dictionary<SubblockKey, double>();
        (double theirs, double theirsProcessor) = await TimeAsync(() => Task.Run(() =>
        {
            var loop = new StraightforwardLoop(parent, data, steps, BatchSize, LearningRate);
            for (int layer = 0; layer < layers; layer++)
            {
                foreach ((string name, double loss) in loop.Run(SearchSpace.Paper(parent.Config), layer, CalibrationWindows, workers))
                    others[Key(layer, name)] = loss;
            }
        }));
        double difference = others.Max(pair => Math.Abs(pair.Value - losses[pair.Key]) / pair.Value);
        int tokens = BatchSize * SequenceLength;
        Console.WriteLine(
            FormattableString.Invariant($"blockwise: {others.Count} variants of {layers} layers x {steps} steps of {tokens} tokens ")
            + FormattableString.Invariant($"on {workers} workers: {ours:F1} s ours, {theirs:F1} s straightforward: {theirs / ours:F2}x ")
            + FormattableString.Invariant($"(processor time {oursProcessor:F1} and {theirsProcessor:F1} s: ")
            + FormattableString.Invariant($"{theirsProcessor / oursProcessor:F2}x)"));
        Console.WriteLine(
            FormattableString.Invariant($"blockwise: largest relative difference of a variant's last training loss: {difference:E1}"));
    }

    // One worker and one layer: what lies between two reports is one unit's training. The no-op comes first and takes the layer's own work.
    private static async Task ShareAsync(CausalLanguageModel parent, PackedTokenDataset data, int steps)
    {
        (double narrow, double square) = ProcessorTime.MatmulRates();
        Console.WriteLine(FormattableString.Invariant(
            $"blockwise: matmul rate of one thread: {square:F0} GFLOP/s at 1024 x 1024 x 1024, {narrow:F0} at 1024 x 256 x 704"));
        SearchSpace paper = SearchSpace.Paper(parent.Config);
        SearchSpace space = SearchSpace.Uniform(
            parent.Config.Architecture, paper.Attention(0).Skip(1).Reverse(),
            paper.Ffn(0).Skip(1).Where(config => config is not NoOpFfnConfig));
        var flops = new BlockwiseFlops(parent.Config, BatchSize * SequenceLength, SequenceLength);
        var parentFfn = (GatedFfnConfig)paper.Ffn(0)[0];
        List<(string Name, double Flops)> units = [
            .. space.Attention(0).Skip(1).Select(config => ($"attention {config}", flops.Attention(config, parentFfn))),
            .. space.Ffn(0).Skip(1).Select(config => ($"ffn {config}", flops.Ffn(config)))];
        var times = new List<double>();
        await DistilAsync(parent, data, space, steps, ..1, 1, new Immediate(() => times.Add(ProcessorTime.Seconds)));
        double allFlops = 0, allSeconds = 0;
        for (int i = 1; i < units.Count; i++)
        {
            double seconds = times[i] - times[i - 1], work = units[i].Flops * steps;
            (allFlops, allSeconds) = (allFlops + work, allSeconds + seconds);
            double rate = work / seconds / 1e9;
            Console.WriteLine(
                FormattableString.Invariant($"blockwise: {units[i].Name,-16} {seconds / steps * 1000,6:F1} ms a step, ")
                + FormattableString.Invariant($"{rate,5:F1} GFLOP/s, {rate / square,4:P0} of the matmul rate"));
        }
        double mean = allFlops / allSeconds / 1e9;
        Console.WriteLine(
            FormattableString.Invariant($"blockwise: all variants of a layer: {mean:F1} GFLOP/s of one thread, ")
            + FormattableString.Invariant($"{mean / square:P0} of the matmul rate (goal 60 %)"));
    }

    private static async Task<Dictionary<SubblockKey, double>> DistilAsync(
        CausalLanguageModel parent, PackedTokenDataset data, SearchSpace space, int steps, Range layers, int workers,
        IProgress<TrainingProgress>? progress)
    {
        string folder = Directory.CreateTempSubdirectory("puzzle-benchmark").FullName;
        try
        {
            using var library = DirectoryBlockLibrary.Open(folder, new string('0', 64));
            BlockwiseDistillationResult result = await new BlockwiseDistiller(new BlockwiseDistillationOptions
            {
                Steps = steps,
                TrainBesideNoOps = NoOpPartners.None,
                BatchSize = BatchSize,
                LearningRate = LearningRate,
                WarmupShare = 0,
                CalibrationWindows = CalibrationWindows,
                HeldOutWindows = 0,
                Workers = workers,
            }).DistillAsync(
                new BlockwiseDistillationRequest(new(parent, library.ParentFingerprint), data, space, library) { Layers = layers },
            progress);
            return result.Variants.Where(variant => !variant.IsParent && variant.Key.Config != "noop")
                .ToDictionary(variant => variant.Key, variant => library.ReadCurve(variant)[^1].Loss);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static SubblockKey Key(int layer, string name) => name.StartsWith("ffn ", StringComparison.Ordinal)
        ? new SubblockKey(layer, SubblockKind.Ffn, name["ffn ".Length..])
        : new SubblockKey(layer, SubblockKind.Attention, name["attention ".Length..]);

    private static async Task<(double Seconds, double ProcessorSeconds)> TimeAsync(Func<Task> run)
    {
        double processor = ProcessorTime.Seconds;
        long started = Stopwatch.GetTimestamp();
        await run();
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, ProcessorTime.Seconds - processor);
    }

    private sealed class Immediate(Action report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report();
    }
}
