using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Foundation;
using Puzzle.Models;
using Puzzle.Tests.Training;
using Puzzle.Text;

namespace Puzzle.Tests.Global;

/// <summary>A recipe names everything that a trained child depends on: whatever can be set changes it, or cannot change a bit.</summary>
public sealed class GlobalRecipeTests
{
    private static readonly PackedTokenDataset Text =
        TinyModel.Windows(6), HeldOut = TinyModel.Windows(2, seed: 9), Other = TinyModel.Windows(6, seed: 7);

    public static TheoryData<string> InRecipe { get; } = OptionChanges.InRecipe<GlobalDistillationOptions>();

    public static TheoryData<string> NotInRecipe { get; } = OptionChanges.NotInRecipe<GlobalDistillationOptions>();

    public static TheoryData<string> Properties { get; } = [.. OptionChanges.Names<GlobalDistillationRequest>()];

    [Theory]
    [MemberData(nameof(InRecipe))]
    public async Task DistillAsync_OptionChanged_IsAnotherTraining(string option)
    {
        Recipe before = await RecipeAsync(Options(), request => request);

        Recipe after = await RecipeAsync(OptionChanges.Changed(Options(), option), request => request);

        Assert.Contains(after.Explain(before), line => line.StartsWith(option + " is ", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(NotInRecipe))]
    public async Task DistillAsync_OptionOutsideTheRecipe_ChangesNoBit(string option)
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child(), same = Child();

        GlobalDistillationResult before = await new GlobalDistiller(Options()).DistillAsync(Request(parent, child, null));
        GlobalDistillationResult after = await new GlobalDistiller(OptionChanges.Changed(Options(), option))
            .DistillAsync(Request(parent, same, null));

        Assert.Equal(before.Curve, after.Curve);
        ModelWeights.Equal(child, same);
    }

    [Theory]
    [MemberData(nameof(Properties))]
    public async Task DistillAsync_RequestChanged_IsAnotherTraining(string property)
    {
        Func<GlobalDistillationRequest, GlobalDistillationRequest>? change = property switch
        {
            "Parent" => request => request with { Parent = request.Parent with { Fingerprint = "another" } },
            "Data" => request => request with { Data = Other },
            "Child" => request => request with { Child = request.Child with { Fingerprint = "another" } },
            "HeldOut" => request => request with { HeldOut = Other },
            "StepShare" => request => request with { StepShare = 0.5 },
            "LaterStages" => request => request with { LaterStages = [new TextStage(Other, 0.5)] },
            // It says where the state is kept.
            "CheckpointPath" => null,
            _ => throw new NotSupportedException($"Say whether {property} changes the result."),
        };
        if (change is not null)
            Assert.NotEqual(await RecipeAsync(Options(), request => request), await RecipeAsync(Options(), change));
    }

    [Fact]
    public async Task DistillAsync_StateOfAnotherRecipe_SaysWhichInputDiffers()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child(), other = Child();
        var told = new List<string?>();
        await new GlobalDistiller(Options()).DistillAsync(Request(parent, child, folder["state"]));
        GlobalDistillationOptions changed = Options();
        changed.LearningRate = 0.002;

        await new GlobalDistiller(changed)
            .DistillAsync(Request(parent, other, folder["state"]), new ImmediateProgress(update => told.Add(update.Anew)));

        Assert.Equal("LearningRate is 0.002, was 0.001", told[0]);
        Assert.All(told.Skip(1), Assert.Null);
    }

    private static GlobalDistillationOptions Options() => new()
    {
        Steps = 2, BatchSize = 2, Workers = 1, MicroBatchSize = 2, EvaluateEvery = 1, CheckpointEvery = 1, Patience = 2,
        WarmupShare = 0.5, WeightDecay = 0.1, LanguageModelWeight = 0.5, Precision = TrainingPrecision.Float32,
    };

    private static CausalLanguageModel Child() => TinyModel.Loud(TinyModel.Config() with
    {
        Architecture = new Architecture(new[] { "gqa-2/16", "gqa-1/noop", "linear/linear" }.Select(BlockConfig.Parse)),
    });

    private static GlobalDistillationRequest Request(CausalLanguageModel parent, CausalLanguageModel child, string? checkpoint) =>
        new(new(parent, "parent"), Text, new(child, "child"), HeldOut, checkpoint);

    private static async Task<Recipe> RecipeAsync(
        GlobalDistillationOptions options, Func<GlobalDistillationRequest, GlobalDistillationRequest> change)
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child();
        await new GlobalDistiller(options).DistillAsync(change(Request(parent, child, folder["state"])));
        return TrainingCheckpoint.ReadRecipe(folder["state"])!;
    }
}
