using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search;
using Puzzle.Search.Scoring;
using Puzzle.Search.Solving;
using Puzzle.Text;

namespace Puzzle.Tests.Scoring;

public sealed class SuccessiveHalvingScorerTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(16);
    private static readonly SuccessiveHalvingOptions Options = new() { Costs = ["num_params"] };

    [Fact]
    public async Task ScoreAsync_FinishedCandidates_AreExactAndOthersSayOnHowManyWindowsTheyAreBased()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        Dictionary<string, BlockScore> exact = await ReplaceOneBlockScorerTests.Score(
            parent, other, ReplaceOneBlockScorerTests.Candidates(parent, other), text: Text);

        Dictionary<string, BlockScore> scores = await Score(parent, library, candidates);

        Assert.Equal(exact.Keys.Order(), scores.Keys.Order());
        Assert.All(exact, score => Assert.Equal(score.Value.Metrics.Keys, scores[score.Key].Metrics.Keys));
        ILookup<bool, BlockScore> finished = scores.Values.ToLookup(score => score.Samples!["kl_div"].Count == 16);
        Assert.All(finished[true], score =>
        {
            Assert.Equal(exact[score.BlockId].DataFingerprint, score.DataFingerprint);
            Assert.Equal(exact[score.BlockId].Samples!["kl_div"], score.Samples!["kl_div"]);
            Assert.Equal(exact[score.BlockId].Metrics["lm_loss"], score.Metrics["lm_loss"]);
        });
        Assert.NotEmpty(finished[false]);
        Assert.All(finished[false], score =>
        {
            Assert.NotEqual(exact[score.BlockId].DataFingerprint, score.DataFingerprint);
            Assert.Contains(score.Samples!["kl_div"].Count, new[] { 4, 8 });
            Assert.Equal(exact[score.BlockId].Samples!["kl_div"].Take(score.Samples["kl_div"].Count), score.Samples["kl_div"]);
            Assert.Equal(exact[score.BlockId].Metrics["kl_div"], score.Metrics["kl_div"], 0.35 * exact[score.BlockId].Metrics["kl_div"]);
        });
        Assert.True(scores.Values.Sum(score => score.Samples!["kl_div"].Count) < 16 * candidates.Count * 0.75);
        // Each layer's ends are always exact: the parent's own block and the cheapest.
        foreach (BlockVariant end in candidates.Where(candidate => candidate.IsParent || candidate.Config.Name == "noop/noop"))
            Assert.Equal(16, scores[end.Id].Samples!["kl_div"].Count);
    }

    [Fact]
    public async Task ScoreAsync_Solved_ChoosesAboutAsWellAsExactScores()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        IReadOnlyList<IReadOnlyList<BlockVariant>> layers = TinySearch.Layers(ReplaceOneBlockScorerTests.Candidates(parent, library));
        ReplaceOneBlockScorerTests.Candidates(parent, other);
        BlockVariant[] all = [.. layers.SelectMany(layer => layer)];
        Dictionary<string, BlockScore> exact = await ReplaceOneBlockScorerTests.Score(parent, other, all, text: Text),
            halved = await Score(parent, library, all);

        foreach (double share in new[] { 0.4, 0.6, 0.8 })
        {
            SearchProblem problem = TinySearch.Problem(parent, layers, exact, share);
            SearchResult best = new ExactArchitectureSolver().Solve(problem),
                chosen = new ExactArchitectureSolver().Solve(TinySearch.Problem(parent, layers, halved, share));
            Assert.InRange(problem.ScoreOf(chosen.Choice), best.Objective, best.Objective * 1.01);
        }
    }

    [Fact]
    public async Task ScoreAsync_StoppedAndContinued_GivesTheSameScoresWithoutRepeating()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        ReplaceOneBlockScorerTests.Candidates(parent, other);
        Dictionary<string, BlockScore> expected = await Score(parent, other, candidates);
        using var cancellation = new CancellationTokenSource();
        library.OnAdd = () =>
        {
            if (library.AddedScores.Count == 40)
                cancellation.Cancel();
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Score(parent, library, candidates, cancellation.Token));
        Dictionary<string, BlockScore> continued = await Score(parent, library, candidates);

        Assert.Equal(other.AddedScores.Count, library.AddedScores.Count);
        foreach ((string id, BlockScore score) in expected)
        {
            Assert.Equal(score.DataFingerprint, continued[id].DataFingerprint);
            Assert.Equal(score.Metrics, continued[id].Metrics);
            Assert.Equal(score.Samples!["kl_div"], continued[id].Samples!["kl_div"]);
        }
    }

    [Fact]
    public async Task ScoreAsync_WithoutCosts_Throws()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);

        await Assert.ThrowsAsync<ArgumentException>(async () =>
        {
            await foreach (BlockScore _ in new SuccessiveHalvingScorer().ScoreAsync(new ScoringRequest(parent, library, candidates, Text)))
            {
            }
        });
    }

    [Fact]
    public void Constructor_UnknownObjectiveOrAdditiveMode_Throws()
    {
        Assert.Throws<ArgumentException>(() => new SuccessiveHalvingScorer(options: new SuccessiveHalvingOptions { Objective = "top1" }));
        Assert.Throws<ArgumentException>(() => new SuccessiveHalvingScorer(new ScoringOptions { Mode = ScoringMode.Additive }));
    }

    private static async Task<Dictionary<string, BlockScore>> Score(
        CausalLanguageModel parent, MemoryBlockLibrary library, IReadOnlyList<BlockVariant> candidates,
            CancellationToken cancellationToken = default)
    {
        var request = new ScoringRequest(parent, library, candidates, Text) { Costs = TinySearch.Costs(parent, candidates) };
        var scores = new Dictionary<string, BlockScore>();
        await foreach (BlockScore score in new SuccessiveHalvingScorer(options: Options).ScoreAsync(request, cancellationToken))
            scores.Add(score.BlockId, score);
        return scores;
    }
}
