using Puzzle.Distillation.Losses;
using Puzzle.Distillation.Training;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Training;

/// <summary>A training that is stopped within a step or an evaluation goes on to the same bits.</summary>
public sealed class TrainingLoopCancellationTests
{
    private const int Steps = 6;
    private static readonly PackedTokenDataset Text = TinyModel.Windows(8);

    [Theory]
    [InlineData(3, null)]
    [InlineData(null, 3)]
    [InlineData(null, 5)]
    public void Run_CanceledWithinAStepOrAnEvaluation_GoesOnAsIfItWereNot(int? cancelInStep, int? cancelInEvaluation)
    {
        using var folder = new TestFolder();
        using CausalLanguageModel whole = TinyModel.Create(), stopped = TinyModel.Create(), resumed = TinyModel.Create();
        List<LossRecord> expected = Train(whole, folder["whole"], TimeSpan.FromMinutes(1)).Curve;

        Assert.ThrowsAny<OperationCanceledException>(
            () => Train(stopped, folder["part"], TimeSpan.FromMinutes(1), cancelInStep, cancelInEvaluation));
        List<LossRecord> found = Train(resumed, folder["part"], TimeSpan.FromMinutes(1)).Curve;

        Assert.Equal(expected, found);
        ModelWeights.Equal(whole, resumed);
    }

    [Fact]
    public void Run_CanceledWithoutGrace_WritesNothing()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create();

        Assert.ThrowsAny<OperationCanceledException>(() => Train(model, folder["state"], TimeSpan.Zero, cancelInStep: 3));

        Assert.False(File.Exists(folder["state"]));
    }

    private static TrainingState Train(
        CausalLanguageModel model, string path, TimeSpan grace, int? cancelInStep = null, int? cancelInEvaluation = null)
    {
        using var scope = NewDisposeScope();
        using var cancellation = new CancellationTokenSource();
        using var trainer = new ModelTrainer(model, new AdamWOptions(), maxGradientNorm: 1, workers: 1);
        var loop = new TrainingLoop
        {
            What = "test",
            Schedule = new LearningRateSchedule(1e-3, 0, Steps, 1),
            Recipe = new Recipe("test", 1),
            CheckpointPath = path,
            CancellationGrace = grace,
            EvaluateEvery = 2,
            KeepBest = true,
            HeldOutLoss = (trained, token) =>
            {
                if (trainer.Optimizer.Steps - 1 == cancelInEvaluation)
                    cancellation.Cancel();
                return LanguageModelLoss.Mean(trained, Text, 1, token);
            },
        };
        return loop.Run(
            model, trainer,
            (step, replica, _) =>
            {
                if (step == cancelInStep)
                    cancellation.Cancel();
                Tensor ids = TokenBatch.OfWindows(Text, Text.WindowsOf(step, 2), model.Device);
                return LanguageModelLoss.Backward(replica.Model, ids, 1, cancellation.Token);
            },
            progress: null, cancellation.Token);
    }
}
