using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Text;

namespace Puzzle.Tests.Scoring;

public sealed class StreamedScoringTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(5);
    private static readonly ScoringOptions Options = new() { BatchSize = 2, Workers = 2 };

    // Layers read: 3 for the parent alone, then 3 for all candidates; or 3, 3, 2 and 1 for passes of 8, whose streams are spilled.
    [Theory]
    [InlineData(1 << 30, 6)]
    [InlineData(Tight, 12)]
    public async Task ScoreAsync_StreamedParent_GivesTheResidentScores(long workBytes, int reads)
    {
        using var models = new StreamedModel(workBytes: workBytes);
        using MemoryBlockLibrary library = new(), again = new();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(models.Resident, library);
        ReplaceOneBlockScorerTests.Candidates(models.Resident, again);

        Dictionary<string,
            BlockScore> expected = await ReplaceOneBlockScorerTests.Score(models.Resident, library, candidates, Options, Text);
        Dictionary<string, BlockScore> scores = await ReplaceOneBlockScorerTests.Score(models.Streamed, again, candidates, Options, Text);

        Assert.Equal(27, scores.Count);
        foreach ((string id, BlockScore score) in expected)
        {
            Assert.Equal(score.DataFingerprint, scores[id].DataFingerprint);
            Assert.Equal(score.Metrics, scores[id].Metrics);
            Assert.All(score.Samples!, samples => Assert.Equal(samples.Value, scores[id].Samples![samples.Key]));
        }
        Assert.Equal(1, models.Streamed.Stream!.PeakLoadedLayers);
        Assert.Equal(reads, models.Streamed.Stream.Reads);
        Assert.Equal(workBytes == Tight, Directory.Exists(models.Scratch));
        AssertNothingLeft(models);
    }

    [Fact]
    public async Task ScoreAsync_BesideChosenBlocks_GivesTheResidentScoresOfEveryMetric()
    {
        using var models = new StreamedModel(workBytes: Tight);
        using MemoryBlockLibrary library = new(), again = new();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(models.Resident, library);
        ReplaceOneBlockScorerTests.Candidates(models.Resident, again);
        BlockVariant[] choice = [candidates[1], candidates[9 + 8], candidates[18 + 3]];
        var options = new ScoringOptions { BatchSize = 2, Workers = 2, Metrics = [.. ScoreMetric.All.Select(metric => metric.Name)] };

        Dictionary<string, BlockScore> expected = await Score(models.Resident, library), scores = await Score(models.Streamed, again);

        Assert.Equal(27, scores.Count);
        Assert.All(expected, score => Assert.Equal(score.Value.Metrics, scores[score.Key].Metrics));
        Assert.Equal(1, models.Streamed.Stream!.PeakLoadedLayers);

        async Task<Dictionary<string, BlockScore>> Score(CausalLanguageModel parent, MemoryBlockLibrary own)
        {
            var found = new Dictionary<string, BlockScore>();
            await foreach (BlockScore score in new ExactScores(
                new ScoringRequest(parent, own, candidates, Text) { Beside = choice }, options).ScoreAsync(candidates, 5))
                found[score.BlockId] = score;
            return found;
        }
    }

    [Fact]
    public async Task ScoreAsync_CanceledOrFailed_LeavesNoFilesAndGoesOn()
    {
        using var models = new StreamedModel(workBytes: Tight);
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(models.Resident, library);

        library.OnAdd = () => throw new IOException("the disk is full");
        await Assert.ThrowsAsync<IOException>(() => ReplaceOneBlockScorerTests.Score(models.Streamed, library, candidates, Options, Text));
        AssertNothingLeft(models);
        library.OnAdd = null;
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (BlockScore score in new ReplaceOneBlockScorer(Options)
                .ScoreAsync(new ScoringRequest(models.Streamed, library, candidates, Text), cancellation.Token))
                await cancellation.CancelAsync();
        });
        AssertNothingLeft(models);
        int before = library.AddedScores.Count;
        Assert.InRange(before, 1, 26);

        Assert.Equal(27, (await ReplaceOneBlockScorerTests.Score(models.Streamed, library, candidates, Options, Text)).Count);
        Assert.Equal(27, library.AddedScores.Count);
    }

    [Fact]
    public async Task ScoreAsync_BoundThatFitsNoBlock_SaysSo()
    {
        using var models = new StreamedModel(workBytes: 0);
        using var library = new MemoryBlockLibrary();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(models.Resident, library);

        Assert.Contains("MaxMemoryBytes", (await Assert.ThrowsAsync<ArgumentException>(() => ReplaceOneBlockScorerTests.Score(
            models.Streamed, library, candidates, Options, Text))).Message, StringComparison.Ordinal);
    }

    private const int Tight = 300_000;

    private static void AssertNothingLeft(StreamedModel models)
    {
        if (Directory.Exists(models.Scratch))
            Assert.Empty(Directory.GetFileSystemEntries(models.Scratch));
    }
}
