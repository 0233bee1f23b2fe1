using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Search.Scoring;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests;

[Collection(AloneCollection.Name)]
public sealed class LiveTensorTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(8, length: 8);

    public LiveTensorTests()
    {
        // What the tests before left to the collector is gone before anything is counted.
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [Fact]
    public async Task BlockwiseDistiller_ManySteps_KeepsNoTensors()
    {
        using CausalLanguageModel parent = TinyModel.Loud(TinyModel.Config(layers: 2));
        // What is alive when a unit is stored includes whatever its steps left in the unit's scope.
        async Task<(long[] During, long After)> Run(int steps)
        {
            using var library = new MemoryBlockLibrary();
            var alive = new List<long>();
            long start = Tensor.TotalCount;
            library.OnAdd = () => alive.Add(Tensor.TotalCount - start);
            await Blockwise(steps).DistillAsync(new BlockwiseDistillationRequest(new(parent, "parent"), Text, Space(parent), library));
            library.Dispose();
            return ([.. alive], Tensor.TotalCount - start);
        }
        await Run(1);

        (long[] few, long afterFew) = await Run(4);
        (long[] many, long afterMany) = await Run(204);

        Assert.Equal(few, many);
        Assert.Equal(0, afterFew);
        Assert.Equal(0, afterMany);
    }

    [Fact]
    public async Task BlockwiseDistiller_TextInPasses_HoldsNoMoreOfALongerText()
    {
        async Task<long[]> Run(int windows)
        {
            using CausalLanguageModel parent = TinyModel.Loud(TinyModel.Config(layers: 2));
            using MemoryBlockLibrary library = new();
            var alive = new List<long>();
            var distiller = new BlockwiseDistiller(new BlockwiseDistillationOptions
            {
                Steps = windows / 2, BatchSize = 2, CalibrationWindows = 2, HeldOutWindows = 2, Workers = 1, MaxActivationBytes = 1,
            });
            await distiller.DistillAsync(
                new BlockwiseDistillationRequest(new(parent, "parent"), TinyModel.Windows(windows), Space(parent), library),
                new Callback(() => alive.Add(Tensor.TotalCount)));
            return [.. alive];
        }
        await Run(8);

        long[] few = await Run(12), many = await Run(48);

        Assert.Equal(few, many);
    }

    [Fact]
    public async Task GlobalDistiller_ManySteps_KeepsNoTensors()
    {
        using CausalLanguageModel parent = TinyModel.Loud(TinyModel.Config(layers: 2)),
            child = TinyModel.Loud(TinyModel.Config(layers: 2), seed: 2);
        var alive = new List<long>();
        long start = Tensor.TotalCount;

        await Global(204).DistillAsync(
            new GlobalDistillationRequest(new(parent, "parent"), Text, new(child, "child"), Text),
            new Callback(() => alive.Add(Tensor.TotalCount)));

        Assert.Equal(204, alive.Count);
        // From the first evaluation on, the best weights are there too.
        Assert.Single(alive.Skip(50).Distinct());
        Assert.Equal(start, Tensor.TotalCount);
    }

    [Fact]
    public void LanguageModelTrainer_ManySteps_KeepsNoTensors()
    {
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Config(layers: 1));
        using var folder = new TestFolder();
        var alive = new List<long>();
        long start = Tensor.TotalCount;

        new LanguageModelTrainer(
            new LanguageModelTrainingOptions { Steps = 204, BatchSize = 2, EvaluateEvery = 20, CheckpointEvery = 20, Workers = 1 })
            .Train(model, Text, Text, folder["checkpoint"], new Callback(() => alive.Add(Tensor.TotalCount)));

        Assert.Single(alive.Skip(4).Distinct());
        Assert.Equal(start, Tensor.TotalCount);
    }

    [Fact]
    public async Task EveryLoop_UnderConstantCollection_Survives()
    {
        using CausalLanguageModel parent = TinyModel.Loud(TinyModel.Config(layers: 2)),
            child = TinyModel.Loud(TinyModel.Config(layers: 2), seed: 2);
        using MemoryBlockLibrary calm = new(), library = new() { RemembersScores = false };
        var request = new BlockwiseDistillationRequest(new(parent, "parent"), Text, Space(parent), library);
        BlockwiseDistillationResult expected = await Blockwise(80, workers: 2).DistillAsync(request with { Library = calm });
        using var collection = new ConstantCollection();

        BlockwiseDistillationResult result = await Blockwise(80, workers: 2).DistillAsync(request);
        await Global(80).DistillAsync(new GlobalDistillationRequest(new(parent, "parent"), Text, new(child, "child"), Text));
        BlockVariant[] candidates = [..
            from attention in result.Variants
            where attention.Key is { Layer: 0, Kind: SubblockKind.Attention }
            from ffn in result.Variants
            where ffn.Key is { Layer: 0, Kind: SubblockKind.Ffn }
            select new BlockVariant(attention, ffn)];
        for (int round = 0; round < 3; round++)
        {
            await foreach (var score in new ReplaceOneBlockScorer(new ScoringOptions { Workers = 2 })
                .ScoreAsync(new(parent, library, candidates, Text)))
                Assert.True(double.IsFinite(score.Metrics["kl_div"]));
        }

        Assert.Equal(expected.Variants, result.Variants);
    }

    private static SearchSpace Space(CausalLanguageModel parent) => SearchSpace.Uniform(
        parent.Config.Architecture, [new GroupedQueryAttentionConfig(2), new NoOpAttentionConfig()], [new GatedFfnConfig(16)]);

    private static BlockwiseDistiller Blockwise(int steps, int workers = 1) => new(new BlockwiseDistillationOptions
    {
        Steps = steps,
        BatchSize = 2,
        CalibrationWindows = 2,
        HeldOutWindows = 2,
        Workers = workers,
    });

    private static GlobalDistiller Global(int steps) => new(new GlobalDistillationOptions
    {
        Steps = steps,
        BatchSize = 2,
        Workers = 2,
        LanguageModelWeight = 0.1,
        EvaluateEvery = 50,
    });

    private sealed class Callback(Action report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report();
    }
}
