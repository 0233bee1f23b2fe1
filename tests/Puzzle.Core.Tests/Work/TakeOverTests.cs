using Puzzle.Library;
using Puzzle.Work;

namespace Puzzle.Tests.Work;

/// <summary>What becomes of the units of workers that died, and of those that did not.</summary>
public sealed class TakeOverTests : IDisposable
{
    private const string Unit = "unit-003";
    private readonly SharedFolder _shared = new();

    public void Dispose() => _shared.Dispose();

    private UnitStatus Status => _shared.Folder.Outcomes().Single(outcome => outcome.Unit.Id == Unit).Status;

    [Fact]
    public async Task DeadWorker_UnitUnderWay_IsDoneByAnother()
    {
        Take("other", 1);
        Beat("other", TimeSpan.FromHours(1));

        Assert.Equal(UnitStatus.Missing, Status);
        Assert.All(await _shared.WorkAsync(new LetterRunner(12)), outcome => Assert.Equal(UnitStatus.Done, outcome.Status));
    }

    [Fact]
    public async Task DeadWorker_UnitStoredAndNotNoted_IsNotDoneAgain()
    {
        Take("other", 1);
        using (DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(_shared.Folder.LibraryOf("other"), SharedFolder.Parent))
            library.AddScore(LetterRunner.ScoreOf(_shared.Plan.Units[3]));
        var done = new List<string>();

        IReadOnlyList<UnitOutcome> outcomes = await _shared.WorkAsync(new LetterRunner(12) { Doing = done.Add });

        Assert.Equal("other", outcomes.Single(outcome => outcome.Unit.Id == Unit).Worker);
        Assert.DoesNotContain(Unit, done);
    }

    [Fact]
    public void LivingWorkerOfAnotherNode_WhateverThisNodesClock_KeepsItsUnit()
    {
        Take("other", 1);
        Beat("other", TimeSpan.FromMinutes(1));

        // The file system's time counts: signs of life a minute old are life, and no clock of a node is asked.
        Assert.Equal(UnitStatus.Running, Status);
    }

    [Fact]
    public void ProcessOfThisNodeThatIsGone_NeedsNoWaiting()
    {
        Take("other", 1);
        AtomicWorker("other", process: int.MaxValue);

        Assert.Equal(UnitStatus.Missing, Status);
    }

    [Fact]
    public async Task UnitThatKillsItsWorkers_IsSetAside()
    {
        for (int claim = 1; claim <= _shared.Options.MaxDeaths; claim++)
            Take($"other-{claim}", claim);

        IReadOnlyList<UnitOutcome> outcomes = await _shared.WorkAsync(new LetterRunner(12));

        Assert.Equal(UnitStatus.Quarantined, outcomes.Single(outcome => outcome.Unit.Id == Unit).Status);
        Assert.Equal(11, outcomes.Count(outcome => outcome.Status == UnitStatus.Done));
    }

    [Fact]
    public void TwoWhoTakeAUnitAtOnce_OneHasIt()
    {
        UnitFolder folder = _shared.Folder.Of(Unit);

        Assert.True(folder.TryClaim(1, "one"));
        Assert.False(folder.TryClaim(1, "two"));
        Assert.Equal("one", folder.WorkerOf(1));
    }

    private void Take(string worker, int claim) => Assert.True(_shared.Folder.Of(Unit).TryClaim(claim, worker));

    private void Beat(string worker, TimeSpan ago)
    {
        string path = _shared.Folder.Workers.PathOf(worker);
        File.WriteAllText(path, """{"place": "elsewhere", "process": 1, "started": 1, "beat": 1}""");
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path) - ago);
    }

    private void AtomicWorker(string worker, int process) => File.WriteAllText(
        _shared.Folder.Workers.PathOf(worker),
        $$"""{"place": "{{ProcessPlace.Here}}", "process": {{process}}, "started": 1, "beat": 1}""");
}
