using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;

namespace Puzzle.Tests.Scoring;

/// <summary>A task score's recipe names everything that it depends on: whatever can be set changes it, or cannot change a bit.</summary>
public sealed class TaskRecipeTests
{
    public static TheoryData<string> InRecipe { get; } = OptionChanges.InRecipe<TaskScoringOptions>();

    public static TheoryData<string> NotInRecipe { get; } = OptionChanges.NotInRecipe<TaskScoringOptions>();

    [Theory]
    [MemberData(nameof(InRecipe))]
    public async Task ScoreAsync_OptionChanged_GivesAnotherScore(string option)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockScore before = await OneAsync(Options(), parent, library);
        BlockScore after = await OneAsync(OptionChanges.Changed(Options(), option), parent, library);

        Assert.Contains(
            library.FindRecipe(after.DataFingerprint)!.Explain(library.FindRecipe(before.DataFingerprint)!),
            line => line.StartsWith(option + " is ", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(NotInRecipe))]
    public async Task ScoreAsync_OptionOutsideTheRecipe_ChangesNoBit(string option)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        BlockScore before = await OneAsync(Options(), parent, library);
        BlockScore after = await OneAsync(OptionChanges.Changed(Options(), option), parent, other);

        Assert.Equal(before.DataFingerprint, after.DataFingerprint);
        Assert.All(before.Samples!, samples => Assert.Equal(samples.Value, after.Samples![samples.Key]));
    }

    private static TaskScoringOptions Options() => new() { BatchSize = 2, Workers = 2 };

    private static async Task<BlockScore> OneAsync(TaskScoringOptions options, CausalLanguageModel parent, MemoryBlockLibrary library)
    {
        BlockVariant candidate = ReplaceOneBlockScorerTests.Candidates(parent, library)
            .First(block => block.Layer == 1 && !block.Attention.IsParent && !block.Ffn.IsParent);
        var scores = new List<BlockScore>();
        await foreach (BlockScore score
            in new TaskScorer(TaskScorerTests.Task(parent), options)
                .ScoreAsync(new ScoringRequest(parent, library, [candidate], TinyModel.Windows(1))))
            scores.Add(score);
        return Assert.Single(scores);
    }
}
