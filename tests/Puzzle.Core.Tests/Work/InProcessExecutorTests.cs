using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Work;

namespace Puzzle.Tests.Work;

public sealed class InProcessExecutorTests : IDisposable
{
    private readonly SharedFolder _shared = new();

    public void Dispose() => _shared.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task ExecuteAsync_AnySharesAndAnyInterleaving_MergeToTheBytesOfOneProcess(int seed)
    {
        using var alone = new SharedFolder();
        await alone.WorkAsync(new LetterRunner(12));
        SortedDictionary<string, string> expected = alone.Merge();
        var random = new Random(seed);
        int count = random.Next(1, 6);
        var done = new System.Collections.Concurrent.ConcurrentBag<string>();

        // Every share by two workers at once, and one that does whatever is left.
        await Task.WhenAll(Enumerable.Range(0, (2 * count) + 1).Select(worker => Task.Run(() => _shared.WorkAsync(
            new LetterRunner(12, seed + worker) { Doing = done.Add },
            worker < 2 * count ? new WorkShare((worker / 2) + 1, count) : null))));

        Assert.Equal(expected, _shared.Merge());
        Assert.Equal(expected, _shared.Merge());
        Assert.Equal(_shared.Plan.Units.Select(unit => unit.Id), done.Order(StringComparer.Ordinal));
        Assert.All(_shared.Folder.Outcomes(), outcome => Assert.Equal(UnitStatus.Done, outcome.Status));
    }

    [Fact]
    public async Task ExecuteAsync_UnitThatFails_IsSetAsideWithItsLogAndOthersGoOn()
    {
        var runner = new LetterRunner(12) { Faults = { ["unit-004"] = new ArgumentException("it did not fit") } };

        IReadOnlyList<UnitOutcome> outcomes = await _shared.WorkAsync(runner);

        UnitOutcome aside = Assert.Single(outcomes, outcome => outcome.Status == UnitStatus.Quarantined);
        Assert.Equal(("unit-004", _shared.Options.MaxFailures), (aside.Unit.Id, aside.Failures));
        Assert.Contains("it did not fit", File.ReadAllText(aside.Log!), StringComparison.Ordinal);
        Assert.Equal(11, outcomes.Count(outcome => outcome.Status == UnitStatus.Done));
    }

    [Fact]
    public async Task ExecuteAsync_FaultOfTheDisk_EndsTheWorkerAndGivesItsUnitsBack()
    {
        var runner = new LetterRunner(12) { Faults = { ["unit-004"] = new IOException("No space left on device") } };

        await Assert.ThrowsAsync<IOException>(() => _shared.WorkAsync(runner));

        Assert.DoesNotContain(_shared.Folder.Outcomes(), outcome => outcome.Status == UnitStatus.Running || outcome.Failures > 0);
        Assert.All(await _shared.WorkAsync(new LetterRunner(12)), outcome => Assert.Equal(UnitStatus.Done, outcome.Status));
    }

    [Fact]
    public async Task ExecuteAsync_Canceled_GivesUnitsBack()
    {
        using var stop = new CancellationTokenSource();
        int begun = 0;
        var runner = new LetterRunner(12) { Doing = _ => Cancel() };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _shared.WorkAsync(runner, null, stop.Token));

        Assert.Equal(3, _shared.Folder.Outcomes().Count(outcome => outcome.Status == UnitStatus.Done));
        Assert.Equal(9, _shared.Folder.Outcomes().Count(outcome => outcome.Status == UnitStatus.Missing));

        void Cancel()
        {
            if (++begun == 3)
                stop.Cancel();
        }
    }

    [Fact]
    public async Task ExecuteAsync_UnitsOfAnEarlierMerge_AreNotDoneAgain()
    {
        using DirectoryBlockLibrary merged = DirectoryBlockLibrary.Open(_shared["merged"], SharedFolder.Parent);
        merged.AddScore(LetterRunner.ScoreOf(_shared.Plan.Units[2]));
        var done = new List<string>();

        await new InProcessExecutor(new LetterRunner(12) { Doing = done.Add }, _shared.Path, null, merged, _shared.Options)
            .ExecuteAsync(_shared.Plan, null, default);

        Assert.Equal(11, done.Count);
        Assert.DoesNotContain("unit-002", done);
    }

    [Fact]
    public void OpenToRead_Library_CannotBeWritten()
    {
        DirectoryBlockLibrary.Open(_shared["merged"], SharedFolder.Parent).Dispose();
        using DirectoryBlockLibrary library = DirectoryBlockLibrary.OpenToRead(_shared["merged"]);

        Assert.Throws<InvalidOperationException>(() => library.AddScore(LetterRunner.ScoreOf(_shared.Plan.Units[0])));
        Assert.Throws<InvalidOperationException>(() => library.AddRecipe(new Recipe("any", 1)));
    }
}
