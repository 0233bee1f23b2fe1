using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;

namespace Puzzle.Tests.Scoring;

public sealed class AdditiveScoresTests
{
    private static ScoringOptions Additive => new() { Mode = ScoringMode.Additive };

    [Fact]
    public async Task ScoreAsync_Additive_AddsWhatTheHalvesChange()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        Dictionary<string,
            BlockScore> exact = await ReplaceOneBlockScorerTests.Score(parent, other, ReplaceOneBlockScorerTests.Candidates(parent, other));

        Dictionary<string, BlockScore> added = await ReplaceOneBlockScorerTests.Score(parent, library, candidates, Additive);

        Assert.Equal(candidates.Count, added.Count);
        foreach (BlockVariant candidate in candidates)
        {
            BlockVariant own = TinyModel.OwnBlock(parent, candidate.Layer);
            (BlockScore attention, BlockScore ffn) = (exact[(candidate with { Ffn = own.Ffn }).Id],
                exact[(candidate with { Attention = own.Attention }).Id]);
            bool isExact = candidate.Attention.IsParent || candidate.Ffn.IsParent;
            foreach (string metric in new[] { "kl_div", "lm_loss" })
            {
                double sum = attention.Metrics[metric] + ffn.Metrics[metric] - exact[own.Id].Metrics[metric];
                Assert.Equal(sum, added[candidate.Id].Metrics[metric], 1e-9);
                Assert.Equal(added[candidate.Id].Samples![metric].Average(), added[candidate.Id].Metrics[metric]);
                if (isExact)
                    Assert.Equal(exact[candidate.Id].Samples![metric], added[candidate.Id].Samples![metric]);
                else
                    Assert.NotEqual(exact[candidate.Id].Metrics[metric], added[candidate.Id].Metrics[metric]);
            }
        }
        // Five halves of each layer were measured, and nine blocks put together.
        Assert.Equal((3 * 5) + (3 * 9), library.AddedScores.Count);
    }

    [Fact]
    public async Task ScoreAsync_BothModesInOneLibrary_AreNotMistakenForEachOther()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);

        Dictionary<string, BlockScore> added = await ReplaceOneBlockScorerTests.Score(parent, library, candidates, Additive);
        Dictionary<string, BlockScore> exact = await ReplaceOneBlockScorerTests.Score(parent, library, candidates);
        int made = library.AddedScores.Count;

        Assert.Equal(added, await ReplaceOneBlockScorerTests.Score(parent, library, candidates, Additive));
        Assert.Equal(made, library.AddedScores.Count);
        Assert.All(added, score => Assert.NotEqual(score.Value.DataFingerprint, exact[score.Key].DataFingerprint));
        Dictionary<string,
            BlockScore> alone = await ReplaceOneBlockScorerTests.Score(parent, other, ReplaceOneBlockScorerTests.Candidates(parent, other));
        Assert.All(exact, score => Assert.Equal(alone[score.Key].Metrics, score.Value.Metrics));
    }

    [Fact]
    public async Task MeasureAsync_Finalists_GivesBothScores()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockVariant[] finalists = [.. ReplaceOneBlockScorerTests.Candidates(parent, library).Where((_, i) => i % 4 == 0)];

        IReadOnlyList<AdditiveError> errors = await AdditiveError.MeasureAsync(
            new ScoringRequest(parent, library, finalists, TinyModel.Windows(5)));

        Dictionary<string, BlockScore> exact = await ReplaceOneBlockScorerTests.Score(parent, library, finalists);
        Assert.Equal(finalists, errors.Select(error => error.Block));
        foreach (AdditiveError error in errors)
        {
            Assert.Equal(exact[error.Block.Id], error.Exact);
            Assert.Equal(error.Additive.Metrics["kl_div"] - error.Exact.Metrics["kl_div"], error.Excess("kl_div"));
            Assert.Equal(error.Block.Attention.IsParent || error.Block.Ffn.IsParent, error.Excess("kl_div") == 0);
        }
    }
}
