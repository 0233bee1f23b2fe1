using Puzzle.Library;
using Puzzle.Measurement;
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
        ForgetTheDead();
        long start = Tensor.TotalCount;

        await ReplaceOneBlockScorerTests.Score(parent, library, many, new ScoringOptions { Workers = 1 });
        Assert.Equal(204, alive.Count);
        Assert.Single(alive.Distinct());
        Assert.Equal(start, Tensor.TotalCount);

        foreach (int workers in new[] { 1, 3 })
        {
            await ReplaceOneBlockScorerTests.Score(parent, library, candidates, new ScoringOptions { Workers = workers });
            await ReplaceOneBlockScorerTests.Score(parent, library, candidates,
                new ScoringOptions { Workers = workers, CachePrefix = false, MaxParentLogProbabilityBytes = 0 });
            Assert.Equal(start, Tensor.TotalCount);
        }
    }

    [Fact]
    public void AssembleAndEvaluate_EveryCandidate_KeepNoTensors()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        ForgetTheDead();
        long start = Tensor.TotalCount;

        foreach (BlockVariant candidate in candidates)
        {
            using (CausalLanguageModel child = library.Assemble([.. Enumerable.Range(0, 3)
                .Select(layer => layer == candidate.Layer ? candidate : TinyModel.OwnBlock(parent, layer))], parent))
                ModelEvaluator.Evaluate(child, parent, TinyModel.Windows(2), workers: 2);
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

        for (int round = 0; round < 3; round++)
        {
            var scores = await ReplaceOneBlockScorerTests.Score(parent, library, candidates, new ScoringOptions { Workers = 2 });
            Assert.All(scores, score => Assert.Equal(expected[score.Key].Metrics, score.Value.Metrics));
        }
    }

    // What earlier tests left to the collector would go while this one counts.
    private static void ForgetTheDead()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
