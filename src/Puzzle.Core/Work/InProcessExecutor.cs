using Puzzle.Foundation;
using Puzzle.Library;

namespace Puzzle.Work;

/// <summary>Does a share of a plan in this process, into a library of its own; <see cref="WorkMerge"/> brings libraries together.</summary>
/// <remarks>
/// Any number of these may work on the same plan, on the same share or on different ones: what one has, the others leave. It ends when
/// every unit of its share is done or set aside; units of its share that another has are waited for, and taken over if that one dies.
/// </remarks>
public sealed class InProcessExecutor : IUnitExecutor
{
    private readonly IUnitRunner _runner;
    private readonly string _workDirectory;
    private readonly WorkShare _share;
    private readonly IBlockLibrary? _merged;
    private readonly WorkOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Creates an executor.</summary>
    /// <param name="runner">Does the units; made from the same inputs as the plan.</param>
    /// <param name="workDirectory">The run's work folder.</param>
    /// <param name="share">Which units; all of them if null.</param>
    /// <param name="merged">What units may need of earlier stages; null if nothing.</param>
    /// <param name="options">When a worker counts as dead and a unit is set aside; the defaults if null.</param>
    /// <param name="time">Says when signs of life are due and how long units take; the system's clock if null.</param>
    public InProcessExecutor(
        IUnitRunner runner, string workDirectory, WorkShare? share = null, IBlockLibrary? merged = null, WorkOptions? options = null,
        TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentException.ThrowIfNullOrEmpty(workDirectory);
        (_runner, _workDirectory, _share, _merged) = (runner, workDirectory, share ?? WorkShare.Whole, merged);
        (_options, _time) = (OptionsCheck.Valid(options), time ?? TimeProvider.System);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<UnitOutcome>> ExecuteAsync(
        WorkPlan plan, IProgress<UnitOutcome>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        RequireSameInputs(plan);
        WorkFolder folder = WorkFolder.Open(_workDirectory, plan, _options);
        IReadOnlyList<WorkUnit> units = _share.Of(plan);
        if (Left(folder, units).Count > 0)
            await WorkAsync(folder, units, progress, cancellationToken).ConfigureAwait(false);
        return [.. units.Select(folder.Outcome)];
    }

    private async Task WorkAsync(
        WorkFolder folder, IReadOnlyList<WorkUnit> units, IProgress<UnitOutcome>? progress, CancellationToken cancellationToken)
    {
        using var life = new WorkerLife(folder.Workers, _options, _time);
        using DirectoryBlockLibrary own = DirectoryBlockLibrary.Open(folder.LibraryOf(life.Name), folder.Plan.Parent);
        IBlockLibrary library = _merged is null ? own : new LayeredLibrary(_merged, own);
        using var gate = new UnitGate(
            folder, life.Name, (unit, worker) => IsStored(folder.LibraryOf(worker), unit), progress, _time);
        while (Left(folder, units) is { Count: > 0 } left)
        {
            // Of an earlier run, and merged since.
            foreach (WorkUnit unit in left.Where(unit => _runner.IsIn(unit, library) && gate.TryBegin(unit.Id)))
                gate.Complete(unit.Id);
            await _runner.RunAsync(left, library, gate, cancellationToken).ConfigureAwait(false);
            if (Left(folder, units).Count > 0)
                await Task.Delay(_options.HeartbeatInterval, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static List<WorkUnit> Left(WorkFolder folder, IReadOnlyList<WorkUnit> units) =>
        [.. units.Where(unit => folder.Outcome(unit).Status is UnitStatus.Missing or UnitStatus.Running)];

    private bool IsStored(string folder, WorkUnit unit)
    {
        if (!Directory.Exists(folder))
            return false;
        try
        {
            using DirectoryBlockLibrary library = DirectoryBlockLibrary.OpenToRead(folder);
            return _runner.IsIn(unit, library);
        }
        catch (CheckpointFormatException)
        {
            // Its worker died while it was made.
            return false;
        }
    }

    private void RequireSameInputs(WorkPlan plan)
    {
        var known = _runner.Units.ToDictionary(unit => unit.Id, unit => unit.Recipe, StringComparer.Ordinal);
        if (plan.Units.FirstOrDefault(unit => known.GetValueOrDefault(unit.Id) != unit.Recipe) is { } other)
            throw new InvalidOperationException(
                $"The work plan was made for another parent, text, version or options: {other.Name} would be made by another recipe. "
                + "Plan again.");
    }
}
