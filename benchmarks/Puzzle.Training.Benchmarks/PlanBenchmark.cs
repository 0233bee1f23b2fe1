using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Sizing;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>Peak memory of each stage above what was there before it, beside its closed form. Linux.</summary>
internal static class PlanBenchmark
{
    private const int Length = 256, Windows = 16;

    public static async Task RunAsync()
    {
        foreach ((string name, ModelConfig model) in Shapes())
        {
            PackedTokenDataset text = Text(model);
            foreach (int workers in new[] { 1, 2 })
            {
                await BlockwiseAsync(name, model, text, workers);
                await ScoresAsync(name, model, text, workers);
                await GlobalAsync(name, model, text, workers, TrainingPrecision.Float32, recompute: false);
            }
            await GlobalAsync(name, model, text, 1, TrainingPrecision.Float32, recompute: true);
            await GlobalAsync(name, model, text, 1, TrainingPrecision.BFloat16, recompute: false);
            await EvaluationAsync(name, model, text);
        }
    }

    private static IEnumerable<(string Name, ModelConfig Model)> Shapes()
    {
        yield return ("4 layers of 256, V 2,048", Model(256, 8, 32, 704, 4, 2048));
        yield return ("4 layers of 512, V 8,192", Model(512, 8, 64, 1408, 4, 8192));
        yield return ("2 layers of 256, V 32,000", Model(256, 8, 32, 704, 2, 32_000));
    }

    private static ModelConfig Model(int hidden, int heads, int headSize, int width, int layers, int vocabulary) =>
        BenchmarkModel.Config with
        {
            HiddenSize = hidden,
            AttentionHeads = heads,
            HeadSize = headSize,
            VocabularySize = vocabulary,
            Architecture = Puzzle.Architectures.Architecture.Uniform(
                layers, new BlockConfig(new GroupedQueryAttentionConfig(heads), new GatedFfnConfig(width))),
        };

    private static PackedTokenDataset Text(ModelConfig model)
    {
        var random = new Random(5);
        return PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(0, Windows).Select(
                _ => (IReadOnlyList<int>)[.. Enumerable.Range(0, Length).Select(_ => random.Next(model.VocabularySize))])],
            model.VocabularySize);
    }

    private static async Task BlockwiseAsync(string name, ModelConfig model, PackedTokenDataset text, int workers)
    {
        using CausalLanguageModel parent = RandomWeights.Create(model, 1);
        var options = new BlockwiseDistillationOptions
        {
            Steps = 2, BatchSize = 4, HeldOutWindows = 8, CalibrationWindows = 8, Workers = workers,
            TrainBesideNoOps = NoOpPartners.None, Initialization = Initialization.Paper, Precision = TrainingPrecision.Float32,
        };
        SearchSpace space = Space(model);
        var memory = BlockwiseFit.MemoryOf(parent, options, Length);
        UnitHalves largest = BlockwiseFit.Largest(
            memory, model, Enumerable.Range(0, model.Layers).SelectMany(UnitPlan.ToCount(space, options).Of), options.BatchSize);
        MemoryPlan plan = memory.Plan(largest, options.BatchSize, workers, Windows * Length, sizeof(float));
        await MeasureAsync($"{name}: blockwise distillation, {workers} workers", plan, async () =>
        {
            using var folder = new ScratchFolder("plan");
            using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder.Path, "parent");
            await new BlockwiseDistiller(options).DistillAsync(
                new BlockwiseDistillationRequest(new IdentifiedModel(parent, "parent"), text, space, library) { Layers = ..1 });
        });
    }

    private static async Task ScoresAsync(string name, ModelConfig model, PackedTokenDataset text, int workers)
    {
        using CausalLanguageModel parent = RandomWeights.Create(model, 1);
        using var folder = new ScratchFolder("plan");
        using DirectoryBlockLibrary made = DirectoryBlockLibrary.Open(folder.Path, "parent");
        var blockwise = new BlockwiseDistillationOptions
        {
            Steps = 0, Initialization = Initialization.Paper, CalibrationWindows = 4, BatchSize = 4, TrainBesideNoOps = NoOpPartners.None,
        };
        BlockwiseDistillationResult result = await new BlockwiseDistiller(blockwise).DistillAsync(
            new BlockwiseDistillationRequest(new IdentifiedModel(parent, "parent"), text, Space(model), made) { Layers = ..1 });
        BlockVariant[] blocks = [.. BlockComposition.Compose(Space(model), Every(result, parent)).Take(1).SelectMany(layer => layer)];
        var options = new ScoringOptions { MaxWindows = Windows, BatchSize = 8, Workers = workers };
        MemoryPlan plan = new ScoringMemory(model, Length, TokenMetrics.RowsPerChunk(model.VocabularySize)).Plan(
            options.BatchSize, Windows, workers, options.MaxParentLogProbabilityBytes);
        await MeasureAsync($"{name}: scores, {workers} workers", plan, async () =>
        {
            await foreach (BlockScore _ in new ReplaceOneBlockScorer(options).ScoreAsync(
                new ScoringRequest(parent, new ScratchScores(made), blocks, text)))
            {
            }
        });
    }

    private static async Task GlobalAsync(
        string name, ModelConfig model, PackedTokenDataset text, int workers, TrainingPrecision precision, bool recompute)
    {
        using CausalLanguageModel parent = RandomWeights.Create(model, 1);
        var options = new GlobalDistillationOptions
        {
            Steps = 2, BatchSize = 8, Workers = workers, Precision = precision, RecomputeActivations = recompute, EvaluateEvery = 2,
        };
        ScalarType compute = ComputePrecision.Resolve(precision, parent);
        MemoryPlan whole = GlobalFit.MemoryOf(model, model, options, Length, compute).Plan(8 / workers, workers, sizeof(float));
        // The child is made where it is measured; the parent was there before.
        var plan = new MemoryPlan(whole.Parts.Select(part => part.Name == "parent"
            ? part with { Bytes = part.Bytes - (sizeof(float) * parent.ParameterCount) }
            : part));
        string how = $"{(precision == TrainingPrecision.Float32 ? "" : ", brain floats")}{(recompute ? ", recomputed" : "")}";
        await MeasureAsync($"{name}: global distillation, {workers} workers{how}", plan, async () =>
        {
            using CausalLanguageModel child = RandomWeights.Create(model, 2);
            await new GlobalDistiller(options).DistillAsync(
                new GlobalDistillationRequest(new(parent, "parent"), text, new(child, "child"), text));
        });
    }

    private static async Task EvaluationAsync(string name, ModelConfig model, PackedTokenDataset text)
    {
        using CausalLanguageModel parent = RandomWeights.Create(model, 1);
        MemoryPlan plan = new ScoringMemory(model, Length, TokenMetrics.RowsPerChunk(model.VocabularySize))
            .Evaluation(parent.ParameterCount, workers: 2);
        await MeasureAsync($"{name}: evaluation, 2 workers", plan, () =>
        {
            using CausalLanguageModel child = RandomWeights.Create(model, 2);
            ModelEvaluator.Evaluate(child, parent, text, workers: 2);
            return Task.CompletedTask;
        });
    }

    private static SearchSpace Space(ModelConfig model)
    {
        int heads = ((GroupedQueryAttentionConfig)model.Architecture[0].Attention).KeyValueHeads;
        int width = ((GatedFfnConfig)model.Architecture[0].Ffn).IntermediateSize;
        return SearchSpace.Uniform(
            model.Architecture, [new GroupedQueryAttentionConfig(heads / 2)], [new GatedFfnConfig(width / 8 * 7)]);
    }

    private static IReadOnlyList<SubblockVariant> Every(BlockwiseDistillationResult result, CausalLanguageModel parent) =>
    [
        .. result.Variants,
        .. Enumerable.Range(1, parent.Config.Layers - 1).SelectMany(layer => new[]
        {
            SubblockVariant.OfParent(parent, layer, SubblockKind.Attention), SubblockVariant.OfParent(parent, layer, SubblockKind.Ffn),
        }),
    ];

    // Once for what the process keeps: compiled code, threads, tables.
    private static async Task MeasureAsync(string name, MemoryPlan plan, Func<Task> work)
    {
        await work();
        NativeHeap.Trim();
        ResidentMemory.ResetPeak();
        (long before, long used) = (ResidentMemory.Peak, ResidentMemory.InUse);
        using var done = new CancellationTokenSource();
        Task<long> sampled = Task.Run(() => MostInUse(done.Token));
        await work();
        await done.CancelAsync();
        double measured = Mebibytes(ResidentMemory.Peak - before), most = Mebibytes(await sampled - used);
        double planned = Mebibytes(plan.TotalBytes);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {planned:F0} | {most:F0} | {measured:F0} | {(planned / measured) - 1:+0 %;-0 %} | {plan} |"));
    }

    private static long MostInUse(CancellationToken done)
    {
        long most = 0;
        for (; !done.IsCancellationRequested; Thread.Sleep(1))
            most = Math.Max(most, ResidentMemory.InUse);
        return most;
    }

    private static double Mebibytes(long bytes) => bytes / 1048576.0;
}
