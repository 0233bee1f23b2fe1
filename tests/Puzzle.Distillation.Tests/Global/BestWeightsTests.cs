using Puzzle.Checkpoints;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Tests.Training;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Global;

public sealed class BestWeightsTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(12), HeldOut = TinyModel.Windows(3, seed: 9);

    [Fact]
    public async Task DistillAsync_HeldOutLossRises_KeepsTheBestWeights()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child(), last = Child();

        GlobalDistillationResult result = await new GlobalDistiller(Overfitting()).DistillAsync(Request(parent, child));
        await new GlobalDistiller(Overfitting(keepBest: false)).DistillAsync(Request(parent, last));

        double best = result.Curve.Min(record => record.HeldOutLoss)!.Value, final = result.Curve[^1].HeldOutLoss!.Value;
        Assert.True(best < final, "the held-out loss fell to the end: the test shows nothing");
        Assert.Equal(best, HeldOutLoss(parent, child));
        Assert.Equal(final, HeldOutLoss(parent, last));
    }

    [Fact]
    public async Task DistillAsync_Patience_StopsAfterSoManyEvaluationsWithoutImprovement()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child();
        var reports = new List<TrainingProgress>();

        GlobalDistillationResult result = await new GlobalDistiller(Overfitting(patience: 3))
            .DistillAsync(Request(parent, child), new ImmediateProgress(reports.Add));

        double[] heldOut = [.. result.Curve.Select(record => record.HeldOutLoss).OfType<double>()];
        Assert.True(result.Curve.Count < 60, "training did not stop");
        Assert.Equal(heldOut.Length - 4, Array.IndexOf(heldOut, heldOut.Min()));
        Assert.Equal((result.Curve.Count, result.Curve.Count), (reports[^1].Completed, reports[^1].Total));
        Assert.Equal(heldOut.Min(), HeldOutLoss(parent, child));
    }

    // The best comes early: most of these stops are after it, one is after training has ended by itself.
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(14)]
    [InlineData(1000)]
    public async Task DistillAsync_StoppedAnywhere_ResumesToTheSameBestWeights(int stopAfter)
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), whole = Child(), stopped = Child(), resumed = Child();
        var distiller = new GlobalDistiller(Overfitting(patience: 3));
        GlobalDistillationResult expected = await distiller.DistillAsync(Request(parent, whole, folder["whole"]));

        using var cancellation = new CancellationTokenSource();
        Task first = distiller.DistillAsync(
            Request(parent, stopped, folder["part"]), new CancelAt(stopAfter, cancellation), cancellation.Token);
        if (stopAfter < expected.Curve.Count)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        else
            await first;
        GlobalDistillationResult result = await distiller.DistillAsync(Request(parent, resumed, folder["part"]));

        Assert.Equal(expected.Curve, result.Curve);
        ModelWeights.Equal(whole, resumed);
        Assert.Equal(File.ReadAllBytes(folder["whole"]), File.ReadAllBytes(folder["part"]));
    }

    [Fact]
    public async Task DistillAsync_CheckpointWithoutItsBestWeights_IsSetAside()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child();
        var distiller = new GlobalDistiller(Overfitting());
        await distiller.DistillAsync(Request(parent, child, folder["state"]));
        using (var scope = NewDisposeScope())
        {
            Dictionary<string, Tensor> tensors;
            IReadOnlyDictionary<string, string> metadata;
            using (var reader = new SafetensorsReader(folder["state"]))
            {
                tensors = reader.Tensors.Keys.Where(name => !name.StartsWith("best.", StringComparison.Ordinal))
                    .ToDictionary(name => name, name => reader.Read(name));
                metadata = reader.Metadata;
            }
            SafetensorsWriter.Write(folder["state"], tensors, metadata);
        }

        await distiller.DistillAsync(Request(parent, child, folder["state"]));

        Assert.True(File.Exists(folder["state.damaged"]));
    }

    // Next-token loss on random text: the longer it is learnt, the further from the parent.
    private static GlobalDistillationOptions Overfitting(int? patience = null, bool keepBest = true) => new()
    {
        Steps = 60,
        BatchSize = 4,
        LearningRate = 1e-2,
        WarmupShare = 0,
        CosineWeight = 0,
        KlWeight = 0.2,
        LanguageModelWeight = 1,
        Workers = 2,
        EvaluateEvery = 2,
        CheckpointEvery = 5,
        KeepBest = keepBest,
        Patience = patience,
    };

    private static CausalLanguageModel Child() => GlobalDistillerTests.Child();

    private static GlobalDistillationRequest Request(CausalLanguageModel parent, CausalLanguageModel child, string? checkpoint = null) =>
        new(new(parent, "parent"), Text, new(child, "child"), HeldOut, checkpoint);

    private static double HeldOutLoss(CausalLanguageModel parent, CausalLanguageModel child) =>
        ModelEvaluator.Evaluate(child, parent, HeldOut).KlDivergence;
}
