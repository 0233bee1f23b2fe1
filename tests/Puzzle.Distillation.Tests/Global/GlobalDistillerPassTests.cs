using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Models;
using Puzzle.Tests.Training;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Global;

/// <summary>How a step is computed: in pieces, in other numbers, over windows of several lengths.</summary>
public sealed class GlobalDistillerPassTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(12), HeldOut = TinyModel.Windows(3, seed: 9);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task DistillAsync_MicroBatches_EqualTheWholeBatchUpToRounding(int microBatch)
    {
        using CausalLanguageModel parent = TinyModel.Loud(), whole = GlobalDistillerTests.Child(), pieces = GlobalDistillerTests.Child();

        GlobalDistillationResult expected = await Distil(parent, whole, new() { LanguageModelWeight = 0.5 });
        GlobalDistillationResult result = await Distil(parent, pieces, new() { LanguageModelWeight = 0.5, MicroBatchSize = microBatch });

        Assert.All(expected.Curve.Zip(result.Curve), pair => Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-4 * pair.First.Loss));
        Assert.True(Distance(whole, pieces) < 1e-3, $"weights differ by {Distance(whole, pieces)}");
    }

    [Fact]
    public async Task DistillAsync_RecomputedActivations_GiveTheSameBits()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), kept = GlobalDistillerTests.Child(), recomputed = GlobalDistillerTests.Child();

        GlobalDistillationResult expected = await Distil(parent, kept, new());
        GlobalDistillationResult result = await Distil(parent, recomputed, new() { RecomputeActivations = true });

        Assert.Equal(expected.Curve, result.Curve);
        ModelWeights.Equal(kept, recomputed);
    }

    [Fact]
    public async Task DistillAsync_BrainFloats_LearnLike32BitFloats()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), full = GlobalDistillerTests.Child(), low = GlobalDistillerTests.Child();

        GlobalDistillationResult expected = await Distil(parent, full, new() { Steps = 60, Precision = TrainingPrecision.Float32 });
        GlobalDistillationResult result = await Distil(
            parent, low, new() { Steps = 60, Precision = TrainingPrecision.BFloat16, MicroBatchSize = 1 });

        Assert.Equal(ScalarType.Float32, low.ElementType);
        Assert.NotEqual(expected.Curve, result.Curve);
        double start = expected.Curve[0].Loss, reached = expected.Curve[^1].Loss;
        Assert.Equal(start, result.Curve[0].Loss, 0.02 * start);
        Assert.True(
            result.Curve[^1].Loss < reached + (0.1 * (start - reached)),
            $"{start} fell to {reached}, with brain floats to {result.Curve[^1].Loss}");
    }

    [Fact]
    public async Task DistillAsync_BrainFloatsResumed_EqualAnUninterruptedRun()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), whole = GlobalDistillerTests.Child();
        using CausalLanguageModel stopped = GlobalDistillerTests.Child(), resumed = GlobalDistillerTests.Child();
        var distiller = new GlobalDistiller(Set(new() { Precision = TrainingPrecision.BFloat16 }));
        GlobalDistillationResult expected = await distiller.DistillAsync(Request(parent, whole));
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => distiller.DistillAsync(
            Request(parent, stopped) with { CheckpointPath = folder["part"] }, new CancelAt(5, cancellation), cancellation.Token));

        GlobalDistillationResult result = await distiller.DistillAsync(Request(parent, resumed) with { CheckpointPath = folder["part"] });

        Assert.Equal(expected.Curve, result.Curve);
        ModelWeights.Equal(whole, resumed);
    }

    [Fact]
    public async Task DistillAsync_LaterStages_ReadTheirOwnTextAndResume()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), whole = GlobalDistillerTests.Child();
        using CausalLanguageModel stopped = GlobalDistillerTests.Child(), resumed = GlobalDistillerTests.Child();
        using CausalLanguageModel single = GlobalDistillerTests.Child();
        GlobalDistillationRequest request = Request(parent, whole) with
        {
            LaterStages = [new TextStage(TinyModel.Windows(6, length: 32), 0.3), new TextStage(TinyModel.Windows(2, length: 64), 0.2)],
        };
        var distiller = new GlobalDistiller(Set(new()));
        GlobalDistillationResult expected = await distiller.DistillAsync(request);
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => distiller.DistillAsync(
            request with { Child = new(stopped, "child"), CheckpointPath = folder["part"] }, new CancelAt(7, cancellation),
            cancellation.Token));

        GlobalDistillationResult result = await distiller.DistillAsync(
            request with { Child = new(resumed, "child"), CheckpointPath = folder["part"] });
        GlobalDistillationResult alone = await distiller.DistillAsync(Request(parent, single));

        Assert.Equal(10, expected.Curve.Count);
        Assert.Equal(expected.Curve, result.Curve);
        ModelWeights.Equal(whole, resumed);
        // The same until the first later stage begins after five of the ten steps.
        Assert.Equal(alone.Curve.Take(5), expected.Curve.Take(5));
        Assert.NotEqual(alone.Curve[5], expected.Curve[5]);
    }

    [Fact]
    public async Task DistillAsync_ImpossibleStages_Throw()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = GlobalDistillerTests.Child();
        var distiller = new GlobalDistiller(Set(new()));
        foreach (TextStage[] stages
            in (TextStage[][])[
                [new(Text, 0)], [new(Text, 1)], [new(Text, double.NaN)], [new(Text, 0.6), new(Text, 0.5)],
                [new(TinyModel.Windows(2, length: 65), 0.5)]])
            await Assert.ThrowsAsync<ArgumentException>(() => distiller.DistillAsync(Request(parent, child) with { LaterStages = stages }));
    }

    [Fact]
    public async Task DistillAsync_Diverging_LeavesTheLastGoodStateInModelAndCheckpoint()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), child = GlobalDistillerTests.Child(), good = GlobalDistillerTests.Child();
        var distiller = new GlobalDistiller(Set(new() { CheckpointEvery = 1000 }));
        // A weight of the parent is ruined after the third step: the fourth has no finite loss.
        var progress = new ImmediateProgress(update =>
        {
            using var noGradients = no_grad();
            if (update.Completed == 3)
                parent.Blocks[0].Weights.First().Value.fill_(float.NaN);
        });

        var diverged = await Assert.ThrowsAsync<TrainingDivergedException>(
            () => distiller.DistillAsync(Request(parent, child) with { CheckpointPath = folder["state"] }, progress));

        Assert.Equal(3, diverged.Step);
        using CausalLanguageModel sound = TinyModel.Loud();
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => distiller.DistillAsync(Request(sound, good), new CancelAt(3, cancellation), cancellation.Token));
        ModelWeights.Equal(good, child);
        // The checkpoint goes on from there.
        var steps = new List<int>();
        await distiller.DistillAsync(
            Request(sound, child) with { CheckpointPath = folder["state"] }, new ImmediateProgress(update => steps.Add(update.Completed)));
        Assert.Equal(4, steps[0]);
    }

    private static async Task<GlobalDistillationResult> Distil(
        CausalLanguageModel parent, CausalLanguageModel child, GlobalDistillationOptions options) =>
        await new GlobalDistiller(Set(options)).DistillAsync(Request(parent, child));

    private static GlobalDistillationOptions Set(GlobalDistillationOptions options)
    {
        if (options.Steps == new GlobalDistillationOptions().Steps)
            options.Steps = 10;
        options.BatchSize = 4;
        options.LearningRate = 2e-3;
        options.Workers = 2;
        if (options.Precision == TrainingPrecision.Auto)
            options.Precision = TrainingPrecision.Float32;
        return options;
    }

    private static GlobalDistillationRequest Request(CausalLanguageModel parent, CausalLanguageModel child) =>
        new(new(parent, "parent"), Text, new(child, "child"), HeldOut);

    private static double Distance(CausalLanguageModel a, CausalLanguageModel b)
    {
        using var scope = NewDisposeScope();
        return a.Weights.Zip(b.Weights).Max(pair => pair.First.Value.sub(pair.Second.Value).abs().max().item<float>());
    }
}
