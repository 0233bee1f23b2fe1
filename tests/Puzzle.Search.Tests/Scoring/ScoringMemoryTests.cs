using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Search.Scoring;
using static TorchSharp.torch;

namespace Puzzle.Tests.Scoring;

[Collection(AloneCollection.Name)]
public sealed class ScoringMemoryTests
{
    [Fact]
    public async Task ScoreAsync_ManyCandidates_KeepsNoTensors()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary { RemembersScores = false };
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        // One group: the same attention, loaded once.
        BlockVariant[] many = [.. Enumerable.Repeat(candidates[4], 204)];
        var alive = new List<long>();
        library.OnAdd = () => alive.Add(Tensor.TotalCount);
        long start = Tensor.TotalCount;

        await ReplaceOneBlockScorerTests.Score(parent, library, many, new ScoringOptions { Workers = 1 });
        Assert.Equal(204, alive.Count);
        Assert.Single(alive.Distinct());
        Assert.Equal(start, Tensor.TotalCount);

        foreach (int workers in new[] { 1, 3 })
        {
            await ReplaceOneBlockScorerTests.Score(parent, library, candidates, new ScoringOptions { Workers = workers });
            await ReplaceOneBlockScorerTests.Score(parent, library, candidates, new ScoringOptions { Workers = workers, CachePrefix = false, MaxParentLogProbabilityBytes = 0 });
            Assert.Equal(start, Tensor.TotalCount);
        }
    }

    [Fact]
    public async Task ScoreAsync_UnderConstantCollection_GivesTheSameScores()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary { RemembersScores = false };
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        var expected = await ReplaceOneBlockScorerTests.Score(parent, library, candidates);
        using var collection = new ConstantCollection();

        for (int round = 0; round < 8; round++)
        {
            var scores = await ReplaceOneBlockScorerTests.Score(parent, library, candidates, new ScoringOptions { Workers = 2 });
            Assert.All(scores, score => Assert.Equal(expected[score.Key].Metrics, score.Value.Metrics));
        }
    }
}
