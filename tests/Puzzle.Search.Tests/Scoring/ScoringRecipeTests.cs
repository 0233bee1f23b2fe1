using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Text;

namespace Puzzle.Tests.Scoring;

/// <summary>A score's recipe names everything that it depends on: whatever can be set changes it, or cannot change a bit.</summary>
public sealed class ScoringRecipeTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(4), Other = TinyModel.Windows(4, seed: 7);

    public static TheoryData<string> InRecipe { get; } = OptionChanges.InRecipe<ScoringOptions>();

    public static TheoryData<string> NotInRecipe { get; } = OptionChanges.NotInRecipe<ScoringOptions>();

    public static TheoryData<string> HalvingInRecipe { get; } = OptionChanges.InRecipe<SuccessiveHalvingOptions>();

    public static TheoryData<string> HalvingNotInRecipe { get; } = OptionChanges.NotInRecipe<SuccessiveHalvingOptions>();

    public static TheoryData<string> Properties { get; } = [.. OptionChanges.Names<ScoringRequest>()];

    [Theory]
    [MemberData(nameof(InRecipe))]
    public async Task ScoreAsync_OptionChanged_GivesAnotherScore(string option)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockScore before = await OneAsync(new ReplaceOneBlockScorer(Options()), Request(parent, library));

        BlockScore after = await OneAsync(new ReplaceOneBlockScorer(Changed(option)), Request(parent, library));

        Assert.Contains(Explain(library, after, before), line => line.StartsWith(option + " is ", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(NotInRecipe))]
    public async Task ScoreAsync_OptionOutsideTheRecipe_ChangesNoBit(string option)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        BlockScore before = await OneAsync(new ReplaceOneBlockScorer(Options()), Request(parent, library));

        BlockScore after = await OneAsync(new ReplaceOneBlockScorer(Changed(option)), Request(parent, other));

        if (option == nameof(ScoringOptions.Mode))
        {
            // Sums of halves have a recipe of their own.
            Assert.NotEqual(before.DataFingerprint, after.DataFingerprint);
            return;
        }
        Assert.Equal(before.DataFingerprint, after.DataFingerprint);
        Assert.All(
            after.Samples!.Keys.Intersect(before.Samples!.Keys), metric => Assert.Equal(before.Samples[metric], after.Samples[metric]));
        Assert.NotEmpty(after.Samples!.Keys.Intersect(before.Samples!.Keys));
    }

    [Fact]
    public void HalvingOptions_AreAllOutsideTheRecipe() => Assert.Empty(HalvingInRecipe);

    [Theory]
    [MemberData(nameof(HalvingNotInRecipe))]
    public async Task ScoreAsync_HalvingOptionOutsideTheRecipe_ChangesNoBitOfAScore(string option)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        Dictionary<string, object> others = new()
        {
            [nameof(SuccessiveHalvingOptions.Objective)] = "lm_loss",
            [nameof(SuccessiveHalvingOptions.Costs)] = new List<string> { CostName.Memory.Value },
            [nameof(SuccessiveHalvingOptions.StandardErrors)] = 0.1,
        };
        ScoringOptions scoring = new() { MaxWindows = 4, BatchSize = 2 };
        SuccessiveHalvingOptions halving = new() { FirstWindows = 2, Costs = [CostName.Parameters.Value] };

        List<BlockScore> before = await AllAsync(new SuccessiveHalvingScorer(scoring, halving), Costed(parent, library));
        List<BlockScore> after = await AllAsync(
            new SuccessiveHalvingScorer(scoring, OptionChanges.Changed(halving, option, others)), Costed(parent, other));

        var known = before.ToDictionary(score => (score.BlockId, score.DataFingerprint));
        BlockScore[] common = [.. after.Where(score => known.ContainsKey((score.BlockId, score.DataFingerprint)))];
        Assert.NotEmpty(common);
        Assert.All(common, score =>
        {
            BlockScore same = known[(score.BlockId, score.DataFingerprint)];
            Assert.Equal(same.Metrics, score.Metrics);
            Assert.All(same.Samples!, samples => Assert.Equal(samples.Value, score.Samples![samples.Key]));
        });
    }

    [Theory]
    [MemberData(nameof(Properties))]
    public async Task ScoreAsync_RequestChanged_GivesAnotherScore(string property)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new() { ParentFingerprint = "another" };
        ScoringRequest request = Request(parent, library);
        ScoringRequest? changed = property switch
        {
            "Library" => Request(parent, other),
            "Data" => request with { Data = Other },
            "Candidates" => request with { Candidates = [.. ReplaceOneBlockScorerTests.Candidates(parent, library).Skip(2).Take(1)] },
            "Beside" =>
                request with
                {
                    Beside = [.. Enumerable.Range(0, 2)
                        .Select(layer => TinyModel.OwnBlock(parent, layer)), ReplaceOneBlockScorerTests.Candidates(parent, library)
                        .Last(block => block.Layer == 2)],
                },
            // The library's parent fingerprint says which; and costs decide how many windows a score gets, which it names.
            "Parent" or "Costs" => null,
            _ => throw new NotSupportedException($"Say whether {property} changes the result."),
        };
        if (changed is null)
            return;
        BlockScore before = await OneAsync(new ReplaceOneBlockScorer(Options()), request);
        BlockScore after = await OneAsync(new ReplaceOneBlockScorer(Options()), changed);
        Assert.NotEqual((before.BlockId, before.DataFingerprint), (after.BlockId, after.DataFingerprint));
    }

    private static ScoringOptions Options() => new() { MaxWindows = 2, BatchSize = 2, Workers = 2 };

    private static ScoringOptions Changed(string option) => OptionChanges.Changed(Options(), option, new Dictionary<string, object>
    {
        [nameof(ScoringOptions.Metrics)] = new List<string> { "kl_div", "top5" },
        [nameof(ScoringOptions.MaxParentLogProbabilityBytes)] = 0L,
    });

    private static ScoringRequest Request(CausalLanguageModel parent, MemoryBlockLibrary library) =>
        new(parent, library, [ReplaceOneBlockScorerTests.Candidates(parent, library).First(
            block => block.Layer == 1 && !block.Attention.IsParent && !block.Ffn.IsParent)], Text);

    private static ScoringRequest Costed(CausalLanguageModel parent, MemoryBlockLibrary library)
    {
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        return new ScoringRequest(parent, library, candidates, Text) { Costs = TinySearch.Costs(parent, candidates) };
    }

    private static IReadOnlyList<string> Explain(MemoryBlockLibrary library, BlockScore after, BlockScore before) =>
        library.FindRecipe(after.DataFingerprint)!.Explain(library.FindRecipe(before.DataFingerprint)!);

    private static async Task<BlockScore> OneAsync(IBlockScorer scorer, ScoringRequest request) =>
        Assert.Single(await AllAsync(scorer, request));

    private static async Task<List<BlockScore>> AllAsync(IBlockScorer scorer, ScoringRequest request)
    {
        var scores = new List<BlockScore>();
        await foreach (BlockScore score in scorer.ScoreAsync(request))
            scores.Add(score);
        return scores;
    }
}
