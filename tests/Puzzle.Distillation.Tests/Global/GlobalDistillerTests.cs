using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Models;
using Puzzle.Tests.Training;
using Puzzle.Text;

namespace Puzzle.Tests.Global;

public sealed class GlobalDistillerTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(12), HeldOut = TinyModel.Windows(3, seed: 9);

    [Fact]
    public async Task DistillAsync_PrunedChild_ComesCloserToTheParent()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child();

        DistillationResult result = await Distiller(40).DistillAsync(Request(parent, child, null));

        Assert.Empty(result.Variants);
        Assert.Equal(40, result.Curve.Count);
        Assert.True(result.Curve.TakeLast(4).Average(record => record.Loss) < 0.8 * result.Curve.Take(4).Average(record => record.Loss));
        double[] heldOut = [.. result.Curve.Select(record => record.HeldOutLoss).OfType<double>()];
        Assert.Equal(4, heldOut.Length);
        Assert.True(heldOut[^1] < heldOut[0]);
    }

    [Fact]
    public async Task DistillAsync_ResumedAfterCancellation_EqualsAnUninterruptedRun()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), whole = Child(), stopped = Child(), resumed = Child();
        GlobalDistiller distiller = Distiller(12);
        DistillationResult expected = await distiller.DistillAsync(Request(parent, whole, folder["whole"]));

        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => distiller.DistillAsync(
            Request(parent, stopped, folder["part"]), new CancelAt(7, cancellation), cancellation.Token));
        var progress = new FirstReport();
        DistillationResult result = await distiller.DistillAsync(Request(parent, resumed, folder["part"]), progress);

        Assert.Equal(8, progress.Completed);
        Assert.Equal(expected.Curve, result.Curve);
        ModelWeights.Equal(whole, resumed);
    }

    [Fact]
    public async Task DistillAsync_CheckpointOfAnotherTraining_IsIgnored()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), first = Child(), second = Child(), alone = Child();
        await Distiller(4).DistillAsync(Request(parent, first, folder["checkpoint"]));

        DistillationResult result = await Distiller(3).DistillAsync(Request(parent, second, folder["checkpoint"]));

        Assert.Equal((await Distiller(3).DistillAsync(Request(parent, alone, null))).Curve, result.Curve);
        ModelWeights.Equal(alone, second);
    }

    [Fact]
    public async Task DistillAsync_NoSteps_LeavesTheChild()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child(), untouched = Child();

        Assert.Empty((await Distiller(0).DistillAsync(Request(parent, child, null))).Curve);
        ModelWeights.Equal(untouched, child);
    }

    [Fact]
    public async Task DistillAsync_WrongRequest_Throws()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child(), shallow = TinyModel.Loud(TinyModel.Config(layers: 2));
        using var library = new MemoryBlockLibrary();
        PackedTokenDataset large = PackedTokenDataset.FromWindows([[1, 2]], TinyModel.Vocabulary + 1);
        GlobalDistiller distiller = Distiller(1);

        await Assert.ThrowsAsync<ArgumentException>(() => distiller.DistillAsync(Request(parent, shallow, null)));
        await Assert.ThrowsAsync<ArgumentException>(() => distiller.DistillAsync(Request(parent, child, null) with { Data = large }));
        await Assert.ThrowsAsync<ArgumentException>(() => distiller.DistillAsync(
            new BlockwiseDistillationRequest(parent, "parent", Text, SearchSpace.Paper(parent.Config), library)));
        await Assert.ThrowsAsync<ArgumentException>(() => new GlobalDistiller(new GlobalDistillationOptions { CosineWeight = 0, KlWeight = 0 })
            .DistillAsync(Request(parent, child, null)));
    }

    internal static CausalLanguageModel Child() => TinyModel.Loud(
        TinyModel.Config() with { Architecture = new Architecture(new[] { "gqa-2/16", "noop/48", "gqa-4/48" }.Select(BlockConfig.Parse)) });

    private static GlobalDistiller Distiller(int steps) => new(new GlobalDistillationOptions
    {
        Steps = steps,
        BatchSize = 4,
        LearningRate = 3e-3,
        Workers = 2,
        EvaluateEvery = 10,
        CheckpointEvery = 5,
    });

    private static GlobalDistillationRequest Request(CausalLanguageModel parent, CausalLanguageModel child, string? checkpoint) =>
        new(parent, "parent", Text, child, "child", HeldOut, checkpoint);

    private sealed class FirstReport : IProgress<TrainingProgress>
    {
        public int? Completed { get; private set; }

        public void Report(TrainingProgress value) => Completed ??= value.Completed;
    }
}
