using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search.Scoring;
using Puzzle.Text;
using Puzzle.Work;

namespace Puzzle.Tests.Scoring;

public sealed class ScoreUnitsTests : IDisposable
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(5);

    private readonly TestFolder _folder = new();
    private readonly CausalLanguageModel _parent = TinyModel.Loud();
    private readonly MemoryBlockLibrary _variants = new();
    private readonly WorkOptions _work = new() { HeartbeatInterval = TimeSpan.FromMilliseconds(10) };

    public void Dispose()
    {
        _variants.Dispose();
        _parent.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task SharesOfSeveralWorkers_Merged_AreTheScoresOfOneScorerAndTheBytesOfOneWorker()
    {
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(_parent, _variants);
        WorkPlan plan = PlanOf(Units(candidates));

        await Task.WhenAll(Enumerable.Range(1, 3).Append(2).Select(index =>
            WorkAsync(_folder["many"], plan, candidates, new WorkShare(index, 3))));
        await WorkAsync(_folder["one"], plan, candidates, WorkShare.Whole);

        using DirectoryBlockLibrary merged = Merge("many", plan);
        using (Merge("one", plan))
        {
            Assert.Equal(File.ReadAllText(ScoresOf("one")), File.ReadAllText(ScoresOf("many")));
        }
        await foreach (BlockScore score in new ReplaceOneBlockScorer().ScoreAsync(Request(candidates)))
            Assert.Equal(score.Metrics, merged.FindScore(score.BlockId, score.DataFingerprint)!.Metrics);
        Assert.Equal(candidates.Select(candidate => candidate.Id).Distinct().Count(), File.ReadLines(ScoresOf("many")).Count());
    }

    [Fact]
    public async Task StreamedParent_SharesOfTwoWorkers_AreTheScoresOfOneScorer()
    {
        using var streamed = new StreamedModel();
        IReadOnlyList<BlockVariant> candidates = ReplaceOneBlockScorerTests.Candidates(streamed.Resident, _variants);
        var request = new ScoringRequest(streamed.Streamed, _variants, candidates, Text);
        WorkPlan plan = PlanOf(new ScoreUnits(request));

        await Task.WhenAll(Enumerable.Range(1, 2).Select(index => new InProcessExecutor(
            new ScoreUnits(request), _folder["streamed"], new WorkShare(index, 2), _variants, _work).ExecuteAsync(plan, null, default)));

        using DirectoryBlockLibrary merged = Merge("streamed", plan);
        await foreach (BlockScore score in new ReplaceOneBlockScorer().ScoreAsync(request))
            Assert.Equal(score.Metrics, merged.FindScore(score.BlockId, score.DataFingerprint)!.Metrics);
    }

    [Fact]
    public void Constructor_AdditiveMode_IsRefused() => Assert.Throws<ArgumentException>(
        () => new ScoreUnits(Request([]), new ScoringOptions { Mode = ScoringMode.Additive }));

    private ScoringRequest Request(IReadOnlyList<BlockVariant> candidates) => new(_parent, _variants, candidates, Text);

    private ScoreUnits Units(IReadOnlyList<BlockVariant> candidates) => new(Request(candidates));

    private static WorkPlan PlanOf(ScoreUnits units) =>
        new(WorkStage.Scores, "parent", new Dictionary<string, string>(), [], units.Units);

    private Task<IReadOnlyList<UnitOutcome>> WorkAsync(
        string folder, WorkPlan plan, IReadOnlyList<BlockVariant> candidates, WorkShare share) => Task.Run(() =>
        new InProcessExecutor(Units(candidates), folder, share, _variants, _work).ExecuteAsync(plan, null, default));

    private DirectoryBlockLibrary Merge(string name, WorkPlan plan)
    {
        DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(Path.Combine(_folder[name], "library"), "parent");
        WorkMerge.Merge(library, WorkFolder.Open(_folder[name], plan).Libraries);
        return library;
    }

    private string ScoresOf(string name) => Path.Combine(_folder[name], "library", "scores.jsonl");
}
