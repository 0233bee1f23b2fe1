using Puzzle.Distillation.Training;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Tests.Training;

/// <summary>A recipe names everything that a trained model depends on: whatever can be set changes it, or cannot change a bit.</summary>
public sealed class LanguageModelRecipeTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(6);

    public static TheoryData<string> InRecipe { get; } = OptionChanges.InRecipe<LanguageModelTrainingOptions>();

    public static TheoryData<string> NotInRecipe { get; } = OptionChanges.NotInRecipe<LanguageModelTrainingOptions>();

    [Theory]
    [MemberData(nameof(InRecipe))]
    public void Train_OptionChanged_IsAnotherTraining(string option)
    {
        Recipe before = RecipeOf(Options(), Text), after = RecipeOf(OptionChanges.Changed(Options(), option), Text);

        Assert.Contains(after.Explain(before), line => line.StartsWith(option + " is ", StringComparison.Ordinal));
        Assert.NotEqual(before, RecipeOf(Options(), TinyModel.Windows(6, seed: 8)));
    }

    [Theory]
    [MemberData(nameof(NotInRecipe))]
    public void Train_OptionOutsideTheRecipe_ChangesNoBit(string option)
    {
        using CausalLanguageModel model = TinyModel.Create(), same = TinyModel.Create();

        IReadOnlyList<LossRecord> before = new LanguageModelTrainer(Options()).Train(model, Text);
        IReadOnlyList<LossRecord> after = new LanguageModelTrainer(OptionChanges.Changed(Options(), option)).Train(same, Text);

        Assert.Equal(before, after);
        ModelWeights.Equal(model, same);
    }

    private static LanguageModelTrainingOptions Options() =>
        new() { Steps = 2, BatchSize = 2, WarmupSteps = 1, EvaluateEvery = 1, CheckpointEvery = 1, Workers = 1 };

    private static Recipe RecipeOf(LanguageModelTrainingOptions options, PackedTokenDataset text)
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create();
        new LanguageModelTrainer(options).Train(model, text, checkpointPath: folder["state"]);
        return TrainingCheckpoint.ReadRecipe(folder["state"])!;
    }
}
