using Microsoft.Extensions.DependencyInjection;
using Puzzle.Architectures;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Text;

namespace Puzzle.Testing;

/// <summary>What every <see cref="IBlockScorer"/> must do. Derive, create the scorer, run the tests.</summary>
public abstract class ScorerConformance
{
    /// <summary>Gets a value indicating whether scores depend on <see cref="ScoringRequest.Data"/>; true by default. False where a scorer
    /// brings its own data.</summary>
    protected virtual bool ReadsData => true;

    /// <summary>Creates the scorer.</summary>
    protected abstract IBlockScorer CreateScorer();

    /// <summary>Creates the parent; <see cref="TestModel"/> by default.</summary>
    protected virtual CausalLanguageModel CreateParent() => TestModel.Create();

    /// <summary>Gives the text to score on; windows for <see cref="TestModel"/> by default.</summary>
    /// <param name="seed">Another seed is another text.</param>
    protected virtual PackedTokenDataset Text(int seed) => TestModel.Windows(6, seed: seed);

    /// <summary>Every candidate gets one score, of every metric, and it is stored before it is given.</summary>
    [Fact]
    public async Task ScoreAsync_EveryCandidate_IsScoredAndStored()
    {
        using CausalLanguageModel parent = CreateParent();
        using var library = new MemoryBlockLibrary();
        ScoringRequest request = Request(parent, library);
        IBlockScorer scorer = CreateScorer();
        var scores = new List<BlockScore>();

        await foreach (BlockScore score in scorer.ScoreAsync(request))
        {
            Assert.NotNull(library.FindScore(score.BlockId, score.DataFingerprint));
            scores.Add(score);
        }

        Assert.Equal(Ids(request), scores.Select(score => score.BlockId).Order(StringComparer.Ordinal));
        Assert.All(scores, score =>
        {
            BlockVariant block = request.Candidates.Single(candidate => candidate.Id == score.BlockId);
            Assert.Equal((block.Layer, block.Config.Name), (score.Layer, score.Config));
            Assert.All(scorer.Metrics, metric => Assert.True(double.IsFinite(score.Metrics[metric.Name]), metric.Name));
        });
    }

    /// <summary>What the library has is given again and not computed.</summary>
    [Fact]
    public async Task ScoreAsync_Again_ComputesNothing()
    {
        using CausalLanguageModel parent = CreateParent();
        using var library = new MemoryBlockLibrary();
        ScoringRequest request = Request(parent, library);
        BlockScore[] before = await AllAsync(request);
        int stored = library.AddedScores.Count;

        BlockScore[] after = await AllAsync(request);

        Assert.Equal(stored, library.AddedScores.Count);
        AssertSame(before, after);
    }

    /// <summary>The same inputs have the same scores to the last bit, and the parent is left as it was.</summary>
    [Fact]
    public async Task ScoreAsync_SameInputs_GivesTheSameBits()
    {
        using CausalLanguageModel parent = CreateParent();
        string weights = TestModel.Digest(parent);
        using MemoryBlockLibrary one = new(), other = new();

        BlockScore[] first = await AllAsync(Request(parent, one));
        BlockScore[] second = await AllAsync(Request(parent, other));

        AssertSame(first, second);
        Assert.Equal(weights, TestModel.Digest(parent));
    }

    /// <summary>The parent's own block scores exactly the metric's identity.</summary>
    [Fact]
    public async Task ScoreAsync_ParentsBlock_ScoresTheIdentity()
    {
        using CausalLanguageModel parent = CreateParent();
        using var library = new MemoryBlockLibrary();
        IBlockScorer scorer = CreateScorer();
        ScoringRequest request = Request(parent, library) with { Candidates = [TestModel.OwnBlock(parent, 1)] };

        BlockScore score = Assert.Single(await AllAsync(request));

        Assert.All(scorer.Metrics.Where(metric => metric.Identity is not null), metric =>
            Assert.Equal(metric.Identity!.Value, score.Metrics[metric.Name]));
    }

    /// <summary>A scoring that was stopped goes on where it was, and its scores are those of one that was not.</summary>
    [Fact]
    public async Task ScoreAsync_StoppedAndRunAgain_EqualsUninterrupted()
    {
        using CausalLanguageModel parent = CreateParent();
        using MemoryBlockLibrary whole = new(), stopped = new();
        BlockScore[] expected = await AllAsync(Request(parent, whole));
        using var cancellation = new CancellationTokenSource();
        stopped.OnAdd = cancellation.Cancel;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AllAsync(Request(parent, stopped), cancellation.Token));
        stopped.OnAdd = null;
        BlockScore[] actual = await AllAsync(Request(parent, stopped));

        AssertSame(expected, actual);
        Assert.Distinct(stopped.AddedScores.Select(score => (score.BlockId, score.DataFingerprint)));
    }

    /// <summary>Another text, where it counts, and other blocks beside a candidate make another score.</summary>
    [Fact]
    public async Task ScoreAsync_OtherInputs_AreOtherScores()
    {
        using CausalLanguageModel parent = CreateParent();
        using var library = new MemoryBlockLibrary();
        ScoringRequest request = Request(parent, library);
        BlockVariant[] own = [.. Enumerable.Range(0, parent.Config.Layers).Select(layer => TestModel.OwnBlock(parent, layer))];
        BlockVariant candidate = request.Candidates.First(block => block.Layer == 0);

        ScoringRequest one = request with { Candidates = [candidate] };
        string before = Assert.Single(await AllAsync(one)).DataFingerprint;
        string reread = Assert.Single(await AllAsync(one with { Data = Text(seed: 4) })).DataFingerprint;
        string beside = Assert.Single(await AllAsync(one with
        {
            Beside = [.. own.Take(own.Length - 1), request.Candidates.First(block => block.Layer == own.Length - 1)],
        })).DataFingerprint;

        Assert.True(!ReadsData || before != reread, "Another text gives a score with the same fingerprint.");
        Assert.NotEqual(before, beside);
    }

    /// <summary>A scoring that is canceled before it begins gives and stores nothing.</summary>
    [Fact]
    public async Task ScoreAsync_Canceled_Throws()
    {
        using CausalLanguageModel parent = CreateParent();
        using var library = new MemoryBlockLibrary();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => AllAsync(Request(parent, library), new CancellationToken(canceled: true)));

        Assert.Empty(library.AddedScores);
    }

    /// <summary>What results depend on is said in one line, the same for two scorers of the same settings; metrics have names.</summary>
    [Fact]
    public void Settings_AreOneLine()
    {
        SettingsCheck.Check(CreateScorer().Settings, CreateScorer().Settings);
        Assert.NotEmpty(CreateScorer().Metrics);
        Assert.Distinct(CreateScorer().Metrics.Select(metric => metric.Name));
    }

    /// <summary>The scorer can be the one that a run uses.</summary>
    [Fact]
    public void UseScorer_ResolvesIt() => RegistrationCheck.Check(builder => builder.UseScorer(_ => CreateScorer()), CreateScorer());

    private static IEnumerable<string> Ids(ScoringRequest request) =>
        request.Candidates.Select(candidate => candidate.Id).Order(StringComparer.Ordinal);

    // No-ops have no weights: they need no library.
    private ScoringRequest Request(CausalLanguageModel parent, MemoryBlockLibrary library)
    {
        var none = new Dictionary<string, TorchSharp.torch.Tensor>();
        BlockVariant[] candidates = [.. Enumerable.Range(0, parent.Config.Layers).SelectMany(layer =>
        {
            BlockVariant own = TestModel.OwnBlock(parent, layer);
            SubblockVariant attention = library.Add(
                new SubblockKey(layer, SubblockKind.Attention, new NoOpAttentionConfig().Name), "test", none, []);
            SubblockVariant ffn = library.Add(new SubblockKey(layer, SubblockKind.Ffn, new NoOpFfnConfig().Name), "test", none, []);
            return (BlockVariant[])[own with { Attention = attention }, own with { Ffn = ffn }];
        })];
        return new ScoringRequest(parent, library, candidates, Text(seed: 3)) { Costs = Costs(parent.Config) };
    }

    // For scorers that spend more on what a target may choose: the sizes, without times.
    private static CostTable Costs(ModelConfig config)
    {
        BlockConfig own = config.Architecture[0];
        return MemoryModel.Table(new ProfilingRequest(
            config, [own.Attention, new NoOpAttentionConfig()], [own.Ffn, new NoOpFfnConfig()], new Workload(2, 8, 4)));
    }

    private async Task<BlockScore[]> AllAsync(ScoringRequest request, CancellationToken cancellationToken = default)
    {
        var scores = new List<BlockScore>();
        await foreach (BlockScore score in CreateScorer().ScoreAsync(request, cancellationToken).ConfigureAwait(false))
            scores.Add(score);
        return [.. scores.OrderBy(score => score.BlockId, StringComparer.Ordinal)];
    }

    private static void AssertSame(BlockScore[] expected, BlockScore[] actual)
    {
        Assert.Equal(expected.Select(score => (score.BlockId, score.DataFingerprint)), actual.Select(
            score => (score.BlockId, score.DataFingerprint)));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(
            pair.First.Metrics.OrderBy(metric => metric.Key, StringComparer.Ordinal),
            pair.Second.Metrics.OrderBy(metric => metric.Key, StringComparer.Ordinal)));
    }
}
