using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Measurement;
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

        GlobalDistillationResult result = await Distiller(40).DistillAsync(Request(parent, child, null));

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
        GlobalDistillationResult expected = await distiller.DistillAsync(Request(parent, whole, folder["whole"]));

        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => distiller.DistillAsync(
            Request(parent, stopped, folder["part"]), new CancelAt(7, cancellation), cancellation.Token));
        var progress = new FirstReport();
        GlobalDistillationResult result = await distiller.DistillAsync(Request(parent, resumed, folder["part"]), progress);

        Assert.Equal(8, progress.Completed);
        Assert.Equal(expected.Curve, result.Curve);
        ModelWeights.Equal(whole, resumed);
    }

    [Fact]
    public async Task DistillAsync_ByMuon_ResumesToTheBitsOfAnUninterruptedRunAndIsNoAdamW()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), whole = Child(), resumed = Child(), adamW = Child();
        GlobalDistillationOptions options = new() { Steps = 8, BatchSize = 2, Workers = 2, Muon = true };
        GlobalDistillationResult expected = await new GlobalDistiller(options).DistillAsync(Request(parent, whole, folder["whole"]));
        using var cancellation = new CancellationTokenSource();
        using (CausalLanguageModel stopped = Child())
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new GlobalDistiller(options).DistillAsync(
                Request(parent, stopped, folder["part"]), new CancelAt(4, cancellation), cancellation.Token));

        GlobalDistillationResult result = await new GlobalDistiller(options).DistillAsync(Request(parent, resumed, folder["part"]));
        options.Muon = false;
        GlobalDistillationResult other = await new GlobalDistiller(options).DistillAsync(Request(parent, adamW, folder["other"]));

        Assert.Equal(expected.Curve, result.Curve);
        ModelWeights.Equal(whole, resumed);
        Assert.Equal(expected.Curve[0].Loss, other.Curve[0].Loss);
        Assert.NotEqual(expected.Curve[^1].Loss, other.Curve[^1].Loss);
    }

    [Fact]
    public async Task DistillAsync_CheckpointsByTime_AndAtTheEnd()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child();
        var clock = new ManualClock();
        var saved = new List<string?>();
        var distiller = new GlobalDistiller(
            new GlobalDistillationOptions { Steps = 12, BatchSize = 2, Workers = 1, CheckpointInterval = TimeSpan.FromMinutes(3) }, clock);

        await distiller.DistillAsync(Request(parent, child, folder["state"]), new Reports(() =>
        {
            saved.Add(SavedStep(folder["state"]));
            clock.Advance(60_000);
        }));

        // Step 4 begins three minutes after the first.
        Assert.Equal([null, null, null, "4", "4", "4", "7", "7", "7", "10", "10", "12"], saved);

        static string? SavedStep(string path)
        {
            if (!File.Exists(path))
                return null;
            using var reader = new SafetensorsReader(path);
            return reader.Metadata["step"];
        }
    }

    [Fact]
    public async Task DistillAsync_LongHeldOutText_IsLookedAtInSpreadWindows()
    {
        PackedTokenDataset heldOut = TinyModel.Windows(10, seed: 9);
        var looked = PackedTokenDataset.FromWindows(
            [.. new[] { 0, 3, 6 }.Select(window => heldOut[window].ToArray())], TinyModel.Vocabulary);
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child();
        var distiller = new GlobalDistiller(new GlobalDistillationOptions
        {
            Steps = 3,
            BatchSize = 2,
            Workers = 2,
            EvaluateEvery = 2,
            HeldOutWindows = 3,
            KeepBest = false,
        });

        GlobalDistillationResult result = await distiller.DistillAsync(Request(parent, child, null) with { HeldOut = heldOut });

        // The parent's kept side gives the same numbers as running it beside the child.
        Assert.Equal([1, 2], result.Curve.Where(record => record.HeldOutLoss is not null).Select(record => record.Step));
        Assert.Equal(ModelEvaluator.Evaluate(child, parent, looked, workers: 1).KlDivergence, result.Curve[^1].HeldOutLoss);
    }

    [Fact]
    public async Task DistillAsync_CheckpointOfAnotherTraining_IsIgnored()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), first = Child(), second = Child(), alone = Child();
        await Distiller(4).DistillAsync(Request(parent, first, folder["checkpoint"]));

        GlobalDistillationResult result = await Distiller(3).DistillAsync(Request(parent, second, folder["checkpoint"]));

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
    public async Task DistillAsync_ShareOfTheSteps_IsATrainingOfThatManySteps()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), part = Child(), few = Child();

        GlobalDistillationResult result = await Distiller(12).DistillAsync(Request(parent, part, null) with { StepShare = 0.25 });

        Assert.Equal((await Distiller(3).DistillAsync(Request(parent, few, null))).Curve, result.Curve);
        ModelWeights.Equal(few, part);
        await Assert.ThrowsAsync<ArgumentException>(
            () => Distiller(12).DistillAsync(Request(parent, part, null) with { StepShare = 0 }));
    }

    [Fact]
    public async Task DistillAsync_WrongRequest_Throws()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child(), shallow = TinyModel.Loud(TinyModel.Config(layers: 2));
        PackedTokenDataset large = PackedTokenDataset.FromWindows([[1, 2]], TinyModel.Vocabulary + 1);
        GlobalDistiller distiller = Distiller(1);

        await Assert.ThrowsAsync<ArgumentException>(() => distiller.DistillAsync(Request(parent, shallow, null)));
        await Assert.ThrowsAsync<ArgumentException>(() => distiller.DistillAsync(Request(parent, child, null) with { Data = large }));
        Assert.Throws<OptionsValidationException>(
            () => new GlobalDistiller(new GlobalDistillationOptions { CosineWeight = 0, KlWeight = 0 }));
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
        new(new(parent, "parent"), Text, new(child, "child"), HeldOut, checkpoint);

    private sealed class Reports(Action report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report();
    }

    private sealed class FirstReport : IProgress<TrainingProgress>
    {
        public int? Completed { get; private set; }

        public void Report(TrainingProgress value) => Completed ??= value.Completed;
    }
}
