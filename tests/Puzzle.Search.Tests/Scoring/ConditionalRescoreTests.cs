using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Scoring;
using Puzzle.Search;
using Puzzle.Search.Scoring;
using Puzzle.Search.Solving;
using Puzzle.Text;

namespace Puzzle.Tests.Scoring;

public sealed class ConditionalRescoreTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(5);

    [Fact]
    public async Task ScoreAsync_ParentsArchitecture_IsReplaceOneBlockBitForBit()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        // Stored copies of the parent's weights: loaded from the library like any other choice.
        BlockVariant[] copies = [.. Enumerable.Range(0, 3).Select(layer => new BlockVariant(
            library.Add(TinyModel.Own(parent, layer, SubblockKind.Attention).Key, "copy", parent.Blocks[layer].Attention.Weights, []),
            library.Add(TinyModel.Own(parent, layer, SubblockKind.Ffn).Key, "copy", parent.Blocks[layer].Ffn.Weights, [])))];
        Dictionary<string, BlockScore> expected = await ReplaceOneBlockScorerTests.Score(
            parent, other, ReplaceOneBlockScorerTests.Candidates(parent, other));

        Dictionary<string, BlockScore> own = await Score(
            parent, library, candidates, [.. Enumerable.Range(0, 3).Select(layer => TinyModel.OwnBlock(parent, layer))]);
        Dictionary<string, BlockScore> copied = await Score(parent, library, candidates, copies);

        Assert.Equal(candidates.Count, copied.Count);
        foreach ((string id, BlockScore score) in expected)
        {
            Assert.Equal(score.DataFingerprint, own[id].DataFingerprint);
            Assert.NotEqual(score.DataFingerprint, copied[id].DataFingerprint);
            Assert.All(new[] { "kl_div", "lm_loss" }, metric => Assert.Equal(score.Samples![metric], own[id].Samples![metric]));
            Assert.All(new[] { "kl_div", "lm_loss" }, metric => Assert.Equal(score.Samples![metric], copied[id].Samples![metric]));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ScoreAsync_AnotherArchitecture_EqualsTheAssembledModels(bool cachePrefix)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        BlockVariant[] choice = [candidates[5], candidates[9 + 7], candidates[18 + 3]];

        Dictionary<string,
            BlockScore> scores = await Score(parent, library, candidates, choice, new ScoringOptions { CachePrefix = cachePrefix });

        foreach (BlockVariant candidate in candidates)
        {
            using CausalLanguageModel child = library.Assemble(
                [.. choice.Select(block => block.Layer == candidate.Layer ? candidate : block)], parent);
            ModelEvaluation evaluation = ModelEvaluator.Evaluate(child, parent, Text);
            Assert.Equal(evaluation.KlDivergence, scores[candidate.Id].Metrics["kl_div"], 1e-6);
            Assert.Equal(evaluation.LanguageModelLoss, scores[candidate.Id].Metrics["lm_loss"], 1e-6);
        }
        // What lies at the candidate's own layer is no part of its score.
        Assert.Equal(
            scores.Values.Where(score => score.Layer == 1).ToHashSet(),
            (await Score(parent, library, [.. candidates.Where(candidate => candidate.Layer == 1)], [choice[0], candidates[9], choice[2]]))
                .Values.ToHashSet());
    }

    [Fact]
    public async Task ScoreAsync_ChoiceOfAnotherOrder_Throws()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);

        await Assert.ThrowsAsync<ArgumentException>(() => Score(parent, library, candidates, [candidates[0], candidates[9]]));
        await Assert.ThrowsAsync<ArgumentException>(
            () => Score(parent, library, candidates, [candidates[0], candidates[18], candidates[9]]));
    }

    [Theory]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0.2)]
    public async Task SolveAsync_TightBudget_EndsNoWorseThanTheFirstChoice(double margin)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        ConditionalSearchRequest request = await Request(parent, library, share: 0.5);
        var rescore = new ConditionalRescore(new ReplaceOneBlockScorer(), new ConditionalRescoreOptions { Margin = margin, MaxRounds = 6 });

        ConditionalSearchResult result = await rescore.SolveAsync(request, new ExactArchitectureSolver());

        Assert.NotNull(result.Best);
        Assert.Equal(result.Rounds.Min(round => round.Objective), result.Best.Objective);
        Assert.Equal(request.Problem.ScoreOf(result.Rounds[0].Result.Choice), result.Rounds[0].Result.Objective, 1e-12);
        foreach (ConditionalRound round in result.Rounds)
        {
            using CausalLanguageModel child = library.Assemble(round.Blocks, parent);
            Assert.Equal(ModelEvaluator.Evaluate(child, parent, Text).KlDivergence, round.Objective, 1e-6);
            Assert.True(request.Problem.TotalsOf(round.Result.Choice)[CostName.Parameters] <= request.Problem.Constraints[0].Maximum);
        }
        Assert.True(double.IsInfinity(margin) ? result.Rounds[0].Rescored == 27 : result.Rounds[0].Rescored is >= 3 and < 27);
    }

    [Fact]
    public async Task SolveAsync_SumsThatMislead_FindsABetterArchitecture()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();

        ConditionalSearchResult result = await new ConditionalRescore(new ReplaceOneBlockScorer())
            .SolveAsync(await Request(parent, library, share: 0.35), new ExactArchitectureSolver());

        Assert.True(result.Best!.Objective < 0.9 * result.Rounds[0].Objective);
        Assert.NotEqual(result.Rounds[0].Blocks, result.Best.Blocks);
    }

    [Fact]
    public async Task SolveAsync_EverythingScoredAgain_PredictsSingleChangesExactly()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        ConditionalSearchRequest request = await Request(parent, library, share: 0.5);
        var solver = new Recording();

        await new ConditionalRescore(new ReplaceOneBlockScorer(),
            new ConditionalRescoreOptions { Margin = double.PositiveInfinity, MaxRounds = 2 }).SolveAsync(request, solver);

        (SearchProblem first, SearchProblem second) = (solver.Problems[0], solver.Problems[1]);
        LayerChoice[] choice = [.. new ExactArchitectureSolver().Solve(first).Choice];
        for (int layer = 0; layer < 3; layer++)
        {
            for (int variant = 0; variant < 9; variant++)
            {
                LayerChoice[] changed = [.. choice.Select(
                    chosen => chosen.Layer == layer ? new LayerChoice(layer, variant, first.Layers[layer][variant].Name) : chosen)];
                using CausalLanguageModel child = library.Assemble(
                    [.. changed.Select(chosen => request.Candidates[chosen.Layer][chosen.VariantIndex])], parent);
                Assert.Equal(ModelEvaluator.Evaluate(child, parent, Text).KlDivergence, second.ScoreOf(changed), 1e-6);
            }
        }
    }

    [Fact]
    public async Task SolveAsync_LooseBudget_IsStableAtOnceAndImpossibleOne_HasNoAnswer()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        ConditionalSearchRequest request = await Request(parent, library, share: 1);
        var rescore = new ConditionalRescore(new ReplaceOneBlockScorer());

        ConditionalSearchResult loose = await rescore.SolveAsync(request, new ExactArchitectureSolver());
        ConditionalSearchResult none = await rescore.SolveAsync(
            request with { Problem = request.Problem with { Constraints = [new ResourceConstraint(CostName.Parameters, 1)] } },
                new ExactArchitectureSolver());

        Assert.Equal((ConditionalEnding.Stable, 1, 0.0), (loose.Ending, loose.Rounds.Count, loose.Best!.Objective));
        Assert.All(loose.Best.Blocks, block => Assert.True(block.IsParent));
        Assert.Equal(
            (ConditionalEnding.NoAnswer, 0, null, SearchStatus.Infeasible), (none.Ending, none.Rounds.Count, none.Best, none.First.Status));
    }

    [Fact]
    public async Task SolveAsync_RequestThatDoesNotFit_Throws()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        ConditionalSearchRequest request = await Request(parent, library, share: 0.5);
        var rescore = new ConditionalRescore(new ReplaceOneBlockScorer());

        await Assert.ThrowsAsync<ArgumentException>(
            () => rescore.SolveAsync(request with { Candidates = [.. request.Candidates.Skip(1)] }, new ExactArchitectureSolver()));
        await Assert.ThrowsAsync<ArgumentException>(() => rescore.SolveAsync(
            request with { Objective = ScoreObjective.ForMetric(ScoreMetric.Top1) }, new ExactArchitectureSolver()));
        await Assert.ThrowsAsync<ArgumentException>(() => rescore.SolveAsync(
            request with { Objective = ScoreObjective.ForMetric(ScoreMetric.HiddenError) }, new ExactArchitectureSolver()));
    }

    private static async Task<ConditionalSearchRequest> Request(CausalLanguageModel parent, MemoryBlockLibrary library, double share)
    {
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(parent, library);
        Dictionary<string, BlockScore> scores = await ReplaceOneBlockScorerTests.Score(parent, library, candidates);
        IReadOnlyList<IReadOnlyList<BlockVariant>> layers = TinySearch.Layers(candidates);
        var objective = ScoreObjective.ForMetric(ScoreMetric.KlDivergence);
        return new ConditionalSearchRequest(
            parent, library, layers, TinySearch.Problem(parent, layers, scores, share), objective, Text);
    }

    private static async Task<Dictionary<string, BlockScore>> Score(
        CausalLanguageModel parent, MemoryBlockLibrary library, IReadOnlyList<BlockVariant> candidates, IReadOnlyList<BlockVariant> choice,
            ScoringOptions? options = null)
    {
        var scores = new Dictionary<string, BlockScore>();
        await foreach (BlockScore score in new ReplaceOneBlockScorer(options)
            .ScoreAsync(new ScoringRequest(parent, library, candidates, Text) { Beside = choice }))
            scores[score.BlockId] = score;
        return scores;
    }

    private sealed class Recording : IArchitectureSolver
    {
        public List<SearchProblem> Problems { get; } = [];

        public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default)
        {
            Problems.Add(problem);
            return new ExactArchitectureSolver().Solve(problem, cancellationToken);
        }
    }
}
