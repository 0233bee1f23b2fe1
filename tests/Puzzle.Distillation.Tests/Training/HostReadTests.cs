using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Text;

namespace Puzzle.Tests.Training;

/// <summary>Counts how often whole loops wait for the device.</summary>
public sealed class HostReadTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(8, length: 8);

    [Fact]
    public async Task BlockwiseDistiller_Unit_ReadsBackOnceAStep()
    {
        using CausalLanguageModel parent = TinyModel.Loud(TinyModel.Config(layers: 2));
        using var library = new MemoryBlockLibrary();
        var distiller = new BlockwiseDistiller(new BlockwiseDistillationOptions
        {
            Steps = 3, BatchSize = 2, CalibrationWindows = 2, HeldOutWindows = 2, Workers = 1, TrainBesideNoOps = NoOpPartners.None,
            Initialization = Initialization.Paper,
        });

        List<string> places = await Watched(() => distiller.DistillAsync(
            new BlockwiseDistillationRequest(new(parent, "parent"), Text, Space(parent), library)));

        // Two layers of an attention and an FFN, three steps each, and one held-out loss at the end.
        Assert.Equal(4 * 3, places.Count(place => place == "unit step"));
        Assert.Equal(4, places.Count(place => place == "held-out loss"));
        Assert.Equal(4 * 4, places.Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task GlobalDistiller_Steps_ReadBackOnceEachHoweverManyMicroBatches(int? microBatch)
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = TinyModel.Loud(seed: 2);
        var distiller = new GlobalDistiller(
            new GlobalDistillationOptions { Steps = 3, BatchSize = 4, MicroBatchSize = microBatch, Workers = 1 });

        List<string> places = await Watched(
            () => distiller.DistillAsync(new GlobalDistillationRequest(new(parent, "parent"), Text, new(child, "child"))));

        Assert.Equal(Enumerable.Repeat("step", 3), places);
    }

    [Fact]
    public async Task Scorer_Candidates_ReadBackOnceAWindowBatch()
    {
        using CausalLanguageModel parent = TinyModel.Loud(TinyModel.Config(layers: 2));
        using var library = new MemoryBlockLibrary();
        BlockVariant[] candidates = [TinyModel.OwnBlock(parent, 0), TinyModel.OwnBlock(parent, 1)];
        var scorer = new ReplaceOneBlockScorer(new ScoringOptions { MaxWindows = 8, BatchSize = 4, Workers = 1 });

        List<string> places = await Watched(async () =>
        {
            await foreach (BlockScore _ in scorer.ScoreAsync(new ScoringRequest(parent, library, candidates, Text)))
            {
            }
        });

        Assert.Equal(Enumerable.Repeat("metrics", candidates.Length * 2), places);
    }

    private static async Task<List<string>> Watched(Func<Task> work)
    {
        var places = new List<string>();
        using (HostRead.Watch(place =>
        {
            lock (places)
                places.Add(place);
        }))
            await work();
        return places;
    }

    private static SearchSpace Space(CausalLanguageModel parent) =>
        SearchSpace.Uniform(parent.Config.Architecture, [new GroupedQueryAttentionConfig(1)], [new GatedFfnConfig(16)]);
}
