using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Tests.Training;

public sealed class LanguageModelTrainerTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(12);

    [Fact]
    public void Train_SomeSteps_LowersTheLoss()
    {
        using CausalLanguageModel model = TinyModel.Create();

        IReadOnlyList<LossRecord> curve = new LanguageModelTrainer(Options(30)).Train(model, Text, Text);

        Assert.Equal(Enumerable.Range(0, 30), curve.Select(record => record.Step));
        Assert.Equal(Math.Log(TinyModel.Vocabulary), curve[0].Loss, 0.1);
        Assert.True(curve[^1].Loss < curve[0].Loss - 0.3, $"{curve[0].Loss} became {curve[^1].Loss}");
        Assert.Equal([9, 19, 29], curve.Where(record => record.HeldOutLoss is not null).Select(record => record.Step));
    }

    [Fact]
    public void Train_ResumedAfterCancellation_EqualsAnUninterruptedRun()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel whole = TinyModel.Create(), stopped = TinyModel.Create(), resumed = TinyModel.Create();
        var trainer = new LanguageModelTrainer(Options(12));
        IReadOnlyList<LossRecord> expected = trainer.Train(whole, Text, Text, folder["whole"]);

        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => trainer.Train(
            stopped, Text, Text, folder["part"], new CancelAt(7, cancellation), cancellation.Token));
        IReadOnlyList<LossRecord> curve = trainer.Train(resumed, Text, Text, folder["part"]);

        Assert.Equal(expected, curve);
        ModelWeights.Equal(whole, resumed);
        Assert.Equal(File.ReadAllBytes(folder["whole"]), File.ReadAllBytes(folder["part"]));
    }

    [Fact]
    public void Train_WithMuon_LearnsAndResumesBitForBit()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel whole = TinyModel.Create(), stopped = TinyModel.Create(), resumed = TinyModel.Create();
        LanguageModelTrainingOptions options = Options(12);
        options.Muon = true;
        options.FinalLearningRateShare = 1;
        var trainer = new LanguageModelTrainer(options);

        IReadOnlyList<LossRecord> expected = trainer.Train(whole, Text);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => trainer.Train(
            stopped, Text, checkpointPath: folder["part"], progress: new CancelAt(7, cancellation), cancellationToken: cancellation.Token));

        Assert.True(expected[^1].Loss < expected[0].Loss - 0.1, $"{expected[0].Loss} became {expected[^1].Loss}");
        Assert.Equal(expected, trainer.Train(resumed, Text, checkpointPath: folder["part"]));
        ModelWeights.Equal(whole, resumed);
    }

    [Fact]
    public void Train_CheckpointOfOtherWeights_IsIgnored()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel other = TinyModel.Create(seed: 2), model = TinyModel.Create(), alone = TinyModel.Create();
        var trainer = new LanguageModelTrainer(Options(3));
        trainer.Train(other, Text, checkpointPath: folder["checkpoint"]);

        IReadOnlyList<LossRecord> curve = trainer.Train(model, Text, checkpointPath: folder["checkpoint"]);

        Assert.Equal(trainer.Train(alone, Text), curve);
        ModelWeights.Equal(alone, model);
    }

    [Fact]
    public void Train_TextOfALargerVocabulary_Throws()
    {
        using CausalLanguageModel model = TinyModel.Create();
        PackedTokenDataset text = PackedTokenDataset.FromWindows([[1, 2, 3]], TinyModel.Vocabulary + 1);

        Assert.Throws<ArgumentException>(() => new LanguageModelTrainer(Options(1)).Train(model, text));
    }

    private static LanguageModelTrainingOptions Options(int steps) => new()
    {
        Steps = steps,
        BatchSize = 4,
        LearningRate = 1e-2,
        WarmupSteps = 2,
        Workers = 2,
        EvaluateEvery = 10,
        CheckpointEvery = 5,
    };
}
