using Puzzle.Cluster.Slurm;
using Puzzle.Tests.Work;
using Puzzle.Work;

namespace Puzzle.Tests.Slurm;

public sealed class SlurmExecutorTests : IDisposable
{
    private readonly SharedFolder _shared = new();
    private readonly TestFolder _folder = new();
    private readonly FakeSlurm _slurm;

    public SlurmExecutorTests() => _slurm = new FakeSlurm(_folder);

    public void Dispose()
    {
        _shared.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task ExecuteAsync_ArrayOfTasks_MergesToTheBytesOfOneProcess()
    {
        using var alone = new SharedFolder();
        await alone.WorkAsync(new LetterRunner(12));
        var told = new Told();

        IReadOnlyList<UnitOutcome> outcomes = await Executor(SlurmWorker.Script(_shared.Path)).ExecuteAsync(
            _shared.Plan, told, TestContext.Current.CancellationToken);

        Assert.True(outcomes.All(outcome => outcome.Status == UnitStatus.Done), _slurm.Log);
        Assert.Equal(alone.Merge(), _shared.Merge());
        Assert.Contains("--array=1-2 ", Assert.Single(_slurm.Submitted), StringComparison.Ordinal);
        Assert.Equal(12, told.Outcomes.Count(outcome => outcome.Status == UnitStatus.Done));
        Assert.Equal(2, outcomes.Select(outcome => outcome.Worker).Distinct().Count());

        Assert.Null(Executor("").JobFor(_shared.Plan));
        await Executor("").ExecuteAsync(_shared.Plan, null, TestContext.Current.CancellationToken);
        Assert.Single(_slurm.Submitted);
    }

    [Fact]
    public async Task ExecuteAsync_UnitThatFails_IsSetAsideWithItsLog()
    {
        IReadOnlyList<UnitOutcome> outcomes = await Executor(SlurmWorker.Script(_shared.Path, fault: "unit-004")).ExecuteAsync(
            _shared.Plan, null, TestContext.Current.CancellationToken);

        UnitOutcome aside = Assert.Single(outcomes, outcome => outcome.Status != UnitStatus.Done);
        Assert.Equal(("unit-004", UnitStatus.Quarantined), (aside.Unit.Id, aside.Status));
        Assert.Contains("it did not fit", File.ReadAllText(aside.Log!), StringComparison.Ordinal);
        Assert.Single(_slurm.Submitted);
    }

    [Fact]
    public async Task ExecuteAsync_TaskThatDiesAtFirst_IsSubmittedAgainAlone()
    {
        string worker = SlurmWorker.Script(_shared.Path);
        IReadOnlyList<UnitOutcome> outcomes = await Executor(
            $"""[ "$SLURM_ARRAY_TASK_ID" = 2 ] && mkdir '{_folder["died"]}' && exit 9{'\n'}{worker}""").ExecuteAsync(
            _shared.Plan, null, TestContext.Current.CancellationToken);

        Assert.All(outcomes, outcome => Assert.Equal(UnitStatus.Done, outcome.Status));
        Assert.Equal(2, _slurm.Submitted.Length);
        Assert.Contains("--array=2 ", _slurm.Submitted[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecuteAsync_TasksThatDoNothing_AreNotSubmittedForever()
    {
        IReadOnlyList<UnitOutcome> outcomes = await Executor("exit 1").ExecuteAsync(
            _shared.Plan, null, TestContext.Current.CancellationToken);

        Assert.All(outcomes, outcome => Assert.Equal(UnitStatus.Missing, outcome.Status));
        Assert.Equal(1 + new SlurmOptions().MaxResubmissions, _slurm.Submitted.Length);
    }

    [Fact]
    public async Task ExecuteAsync_Canceled_EndsTheJob()
    {
        using var stop = new CancellationTokenSource();
        _slurm.Put("sbatch", "echo 17");
        _slurm.Put("squeue", """echo >>"$(dirname "$0")/asked"; echo 17""");
        Task running = Executor("exit 1").ExecuteAsync(_shared.Plan, null, stop.Token);
        while (_slurm.Asked == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(["17"], _slurm.Canceled);
    }

    [Fact]
    public void JobFor_Plan_HasTasksOfEnoughTimeAndTheirMemory()
    {
        WorkPlan timed = _shared.Plan with { Units = [.. _shared.Plan.Units.Select(unit => unit with { Seconds = 100 })] };
        var options = new SlurmOptions { MaxTasks = 16 };

        SlurmJob job = new SlurmExecutor(_shared.Path, options).JobFor(timed)!;

        // 1200 s of 300 s each, and 1000 bytes with a reserve.
        Assert.Equal([1, 2, 3, 4], job.Tasks);
        Assert.Equal(1300, job.MemoryBytes);
        options.MinTaskTime = TimeSpan.FromHours(1);
        Assert.Equal([1], new SlurmExecutor(_shared.Path, options).JobFor(timed)!.Tasks);
        options.MinTaskTime = TimeSpan.Zero;
        Assert.Equal(12, new SlurmExecutor(_shared.Path, options).JobFor(timed)!.Tasks.Count);
    }

    private SlurmExecutor Executor(string worker) => new(
        _shared.Path,
        new SlurmOptions
        {
            Worker = [_slurm.Put("worker", worker)],
            MaxTasks = 2,
            Commands = _slurm.Commands,
            PollInterval = TimeSpan.FromMilliseconds(10),
        });

    private sealed class Told : IProgress<UnitOutcome>
    {
        public List<UnitOutcome> Outcomes { get; } = [];

        public void Report(UnitOutcome value) => Outcomes.Add(value);
    }
}
