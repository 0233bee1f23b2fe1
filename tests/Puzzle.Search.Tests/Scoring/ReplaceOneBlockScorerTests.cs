using Microsoft.Extensions.Options;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Scoring;

public sealed class ReplaceOneBlockScorerTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(5);

    /// <summary>Computes all there are.</summary>
    internal static ScoringOptions EveryMetric => new() { Metrics = [.. ScoreMetric.All.Select(metric => metric.Name)] };

    [Fact]
    public async Task ScoreAsync_EveryCandidate_EqualsTheAssembledModelsEvaluation()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = Candidates(parent, library);

        Dictionary<string, BlockScore> scores = await Score(parent, library, candidates);

        Assert.Equal(candidates.Count, scores.Count);
        foreach (BlockVariant candidate in candidates)
        {
            BlockVariant[] blocks = [.. Enumerable.Range(0, 3)
                .Select(layer => layer == candidate.Layer ? candidate : TinyModel.OwnBlock(parent, layer))];
            using CausalLanguageModel child = library.Assemble(blocks, parent);
            ModelEvaluation evaluation = ModelEvaluator.Evaluate(child, parent, Text);
            BlockScore score = scores[candidate.Id];

            Assert.Equal(evaluation.KlDivergence, score.Metrics["kl_div"], 1e-6);
            Assert.Equal(evaluation.LanguageModelLoss, score.Metrics["lm_loss"], 1e-6);
            Assert.Equal(candidate.Config.Name, score.Config);
            Assert.Equal(5, score.Samples!["kl_div"].Count);
            Assert.Equal(score.Samples["lm_loss"].Average(), score.Metrics["lm_loss"]);
        }
    }

    [Fact]
    public async Task ScoreAsync_UnchangedBlock_ScoresExactlyZero()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        var unchanged = new List<BlockVariant>();
        for (int layer = 0; layer < 3; layer++)
        {
            BlockVariant own = TinyModel.OwnBlock(parent, layer);
            unchanged.Add(own);
            unchanged.Add(new BlockVariant(
                library.Add(own.Attention.Key, "copy", parent.Blocks[layer].Attention.Weights, []),
                library.Add(own.Ffn.Key, "copy", parent.Blocks[layer].Ffn.Weights, [])));
        }

        // Scores are stored by content and a copy's content is the parent's, so each is looked at as it comes.
        await Score(parent, library, unchanged);
        await Score(parent, library, unchanged, new ScoringOptions { CachePrefix = false, BatchSize = 2, MaxParentLogProbabilityBytes = 0 },
            TinyModel.Windows(6));

        Assert.Equal(12, library.AddedScores.Count);
        Assert.All(library.AddedScores, score =>
        {
            Assert.Equal(0, score.Metrics["kl_div"]);
            Assert.All(score.Samples!["kl_div"], value => Assert.Equal(0, value));
        });
        Assert.Equal(2, library.AddedScores.Select(score => score.Metrics["lm_loss"]).Distinct().Count());
    }

    public static TheoryData<ScoringOptions> Ways =>
    [
        new ScoringOptions { CachePrefix = false },
        new ScoringOptions { Workers = 1 },
        new ScoringOptions { Workers = 3 },
        new ScoringOptions { BatchSize = 1 },
        new ScoringOptions { BatchSize = 3, Workers = 2 },
        new ScoringOptions { MaxParentLogProbabilityBytes = 0 },
    ];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ScoreAsync_AnyWay_GivesTheSameScores(ScoringOptions options)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();

        Dictionary<string, BlockScore> expected = await Score(parent, library, Candidates(parent, library));
        Dictionary<string, BlockScore> scores = await Score(parent, other, Candidates(parent, other), options);

        Assert.Equal(expected.Keys.Order(), scores.Keys.Order());
        foreach ((string id, BlockScore score) in scores)
        {
            // The batch size moves the last bits, so its scores are others.
            Assert.Equal(options.BatchSize == new ScoringOptions().BatchSize, expected[id].DataFingerprint == score.DataFingerprint);
            foreach (string metric in new[] { "kl_div", "lm_loss" })
            {
                Assert.Equal(expected[id].Metrics[metric], score.Metrics[metric], 1e-6);
                Assert.All(expected[id].Samples![metric].Zip(score.Samples![metric]), pair => Assert.Equal(pair.First, pair.Second, 2e-6));
            }
        }
    }

    [Fact]
    public async Task ScoreAsync_KnownScores_AreNotComputedAgain()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = Candidates(parent, library);
        await Score(parent, library, [.. candidates.Take(4)]);

        Dictionary<string, BlockScore> all = await Score(parent, library, candidates);
        Assert.Equal(candidates.Count, all.Count);
        Assert.Equal(candidates.Count, library.AddedScores.Count);

        Assert.Equal(all.Values.ToHashSet(), (await Score(parent, library, candidates)).Values.ToHashSet());
        Assert.Equal(candidates.Count, library.AddedScores.Count);

        await Score(parent, library, candidates, text: TinyModel.Windows(5, seed: 8));
        Assert.Equal(2 * candidates.Count, library.AddedScores.Count);
    }

    [Fact]
    public async Task ScoreAsync_EveryMetric_UnchangedBlockScoresTheIdentityAndOthersTheEvaluation()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = Candidates(parent, library);

        Dictionary<string, BlockScore> scores = await Score(parent, library, candidates, EveryMetric);

        ModelEvaluation itself = ModelEvaluator.Evaluate(parent, parent, Text);
        foreach (BlockVariant candidate in candidates)
        {
            BlockScore score = scores[candidate.Id];
            Assert.Equal(ScoreMetric.All.Select(metric => metric.Name).Order(), score.Metrics.Keys.Order());
            Assert.All(score.Metrics, metric => Assert.Equal(score.Samples![metric.Key].Average(), metric.Value));
            using CausalLanguageModel child = library.Assemble([.. Enumerable.Range(0, 3)
                .Select(layer => layer == candidate.Layer ? candidate : TinyModel.OwnBlock(parent, layer))], parent);
            ModelEvaluation evaluation = candidate.IsParent ? itself : ModelEvaluator.Evaluate(child, parent, Text);
            Assert.Equal(
                [evaluation.Top1, evaluation.Top5, evaluation.Top10, evaluation.Agreement],
                new[] { "top1", "top5", "top10", "agreement" }.Select(name => score.Metrics[name]).ToArray(),
                (double a, double b) => Math.Abs(a - b) < 1e-9);
            if (candidate.IsParent)
                Assert.All(ScoreMetric.All.Where(metric => metric.Identity is not null),
                    metric => Assert.Equal(metric.Identity, score.Metrics[metric.Name]));
            else
                Assert.True(score.Metrics["hidden_cosine"] < 1 && score.Metrics["hidden_nmse"] > 0);
        }
    }

    [Fact]
    public async Task ScoreAsync_StoredScoreWithMoreMetrics_IsKnownAndWithFewer_IsCompleted()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = [.. Candidates(parent, library).Take(3)];
        ScoringOptions loss = new() { Metrics = ["lm_loss"] }, divergence = new() { Metrics = ["kl_div"] };

        await Score(parent, library, candidates, loss);
        Assert.All(library.AddedScores, score => Assert.Equal(["lm_loss"], score.Metrics.Keys));
        Dictionary<string, BlockScore> completed = await Score(parent, library, candidates, divergence);
        Assert.Equal(6, library.AddedScores.Count);
        Dictionary<string, BlockScore> both = await Score(parent, library, candidates),
            again = await Score(parent, library, candidates, loss);

        Assert.Equal(6, library.AddedScores.Count);
        Assert.All(completed.Values, score => Assert.Equal(["kl_div", "lm_loss"], score.Metrics.Keys.Order()));
        Assert.Equal(completed, both);
        Assert.Equal(completed, again);
        using var other = new MemoryBlockLibrary();
        Dictionary<string, BlockScore> atOnce = await Score(parent, other, [.. Candidates(parent, other).Take(3)]);
        Assert.All(completed, score => Assert.Equal(atOnce[score.Key].Samples!["kl_div"], score.Value.Samples!["kl_div"]));
    }

    [Fact]
    public void Constructor_UnknownOrNoMetric_Throws()
    {
        Assert.Contains("'perplexity'", Assert.Throws<OptionsValidationException>(
            () => new ReplaceOneBlockScorer(new ScoringOptions { Metrics = ["perplexity"] })).Message, StringComparison.Ordinal);
        Assert.Throws<OptionsValidationException>(() => new ReplaceOneBlockScorer(new ScoringOptions { Metrics = [] }));
        Assert.Equal([ScoreMetric.Top1], new ReplaceOneBlockScorer(new ScoringOptions { Metrics = ["top1", "top1"] }).Metrics);
    }

    [Fact]
    public async Task ScoreAsync_ConsumerStopsEarly_StopsTheWork()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary { RemembersScores = false };
        BlockVariant[] many = [.. Enumerable.Repeat(Candidates(parent, library), 100).SelectMany(candidates => candidates)];

        await foreach (BlockScore _ in new ReplaceOneBlockScorer(new ScoringOptions { Workers = 1 })
            .ScoreAsync(new ScoringRequest(parent, library, many, Text)))
            break;
        int made = library.AddedScores.Count;

        Assert.InRange(made, 1, many.Length - 1);
        await Task.Delay(100);
        Assert.Equal(made, library.AddedScores.Count);
    }

    [Fact]
    public async Task ScoreAsync_Canceled_Throws()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = Candidates(parent, library);
        using var cancellation = new CancellationTokenSource();
        library.OnAdd = cancellation.Cancel;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (BlockScore _ in new ReplaceOneBlockScorer(new ScoringOptions { Workers = 1 })
                .ScoreAsync(new ScoringRequest(parent, library, candidates, Text), cancellation.Token))
            {
            }
        });
        Assert.Single(library.AddedScores);
    }

    [Fact]
    public async Task ScoreAsync_TextOfALargerVocabulary_Throws()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();

        await Assert.ThrowsAsync<ArgumentException>(() => Score(
            parent, library, Candidates(parent, library), text: PackedTokenDataset.FromWindows([[1, 2, 3]], TinyModel.Vocabulary + 1)));
    }

    internal static async Task<Dictionary<string, BlockScore>> Score(
        CausalLanguageModel parent, MemoryBlockLibrary library, IReadOnlyList<BlockVariant> candidates, ScoringOptions? options = null,
            PackedTokenDataset? text = null)
    {
        var scores = new Dictionary<string, BlockScore>();
        await foreach (BlockScore score in new ReplaceOneBlockScorer(options)
            .ScoreAsync(new ScoringRequest(parent, library, candidates, text ?? Text)))
            scores[score.BlockId] = score;
        return scores;
    }

    /// <summary>In each layer: attention own, one head and no-op, beside FFN own, half as loud and no-op.</summary>
    internal static IReadOnlyList<BlockVariant> Candidates(CausalLanguageModel parent, MemoryBlockLibrary library)
    {
        using var scope = NewDisposeScope();
        var candidates = new List<BlockVariant>();
        for (int layer = 0; layer < parent.Blocks.Count; layer++)
        {
            TransformerBlock block = parent.Blocks[layer];
            var oneHead = block.Attention.Weights.ToDictionary(weight => weight.Key, weight => weight.Key.Contains("k_proj")
                || weight.Key.Contains("v_proj") ? weight.Value.narrow(0, 0, 8).contiguous() : weight.Value);
            var half = block.Ffn.Weights.ToDictionary(weight => weight.Key, weight => weight.Value.mul(tensor(0.5f)));
            SubblockVariant[] attention =
            [
                TinyModel.Own(parent, layer, SubblockKind.Attention),
                library.Add(new SubblockKey(layer, SubblockKind.Attention, "gqa-1"), "test", oneHead, []),
                library.Add(new SubblockKey(layer, SubblockKind.Attention, "noop"), "test", new Dictionary<string, Tensor>(), []),
            ];
            SubblockVariant[] ffn =
            [
                TinyModel.Own(parent, layer, SubblockKind.Ffn),
                library.Add(new SubblockKey(layer, SubblockKind.Ffn, "48"), "test", half, []),
                library.Add(new SubblockKey(layer, SubblockKind.Ffn, "noop"), "test", new Dictionary<string, Tensor>(), []),
            ];
            candidates.AddRange(from a in attention from f in ffn select new BlockVariant(a, f));
        }
        return candidates;
    }
}
