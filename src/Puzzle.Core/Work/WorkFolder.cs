using Puzzle.Foundation;

namespace Puzzle.Work;

/// <summary>
/// What the workers of a plan share, below a run's work folder: who has which unit, what is done, what failed, and a library for each
/// worker. Any number of processes on any machines that see the folder may use it at once.
/// </summary>
/// <remarks>Nothing is locked: a unit is taken by creating a file that was not there, and a dead worker is known by signs of life that have
/// ceased, in the shared file system's own time. Two that do the same unit after all store the same.</remarks>
public sealed class WorkFolder
{
    private const string SharedFolder = "shared";
    private const string LibrariesFolder = "libraries";
    private const string UnitsFolder = "units";
    private const string WorkersFolder = "workers";
    private const string PlanFile = "plan.json";
    private const int Digits = 12;

    private WorkFolder(string path, WorkPlan plan, WorkOptions options)
    {
        (Path, Plan, Options) = (path, plan, options);
        Workers = new Workers(System.IO.Path.Combine(path, WorkersFolder), options);
    }

    /// <summary>Gets the full path of the folder.</summary>
    public string Path { get; }

    /// <summary>Gets the plan.</summary>
    public WorkPlan Plan { get; }

    /// <summary>Gets the libraries of all workers there were.</summary>
    public IReadOnlyList<string> Libraries
    {
        get
        {
            string folder = System.IO.Path.Combine(Path, LibrariesFolder);
            return Directory.Exists(folder) ? [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)] : [];
        }
    }

    /// <summary>Gets the copy of the plan that is kept here.</summary>
    internal string PlanPath => System.IO.Path.Combine(Path, PlanFile);

    internal WorkOptions Options { get; }

    internal Workers Workers { get; }

    /// <summary>Opens a plan's folder, or creates it.</summary>
    /// <param name="workDirectory">The run's work folder.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="options">When a worker counts as dead and a unit is set aside; the defaults if null.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static WorkFolder Open(string workDirectory, WorkPlan plan, WorkOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(workDirectory);
        ArgumentNullException.ThrowIfNull(plan);
        string path = System.IO.Path.Combine(System.IO.Path.GetFullPath(workDirectory), SharedFolder, plan.Digest[..Digits]);
        var folder = new WorkFolder(path, plan, OptionsCheck.Valid(options));
        try
        {
            Directory.CreateDirectory(folder.Workers.Folder);
            if (!File.Exists(folder.PlanPath))
                plan.Write(folder.PlanPath);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException($"{path}: the shared folder could not be written: {refused.Message}", refused);
        }
        return folder;
    }

    /// <summary>Tells how every unit stands.</summary>
    public IReadOnlyList<UnitOutcome> Outcomes() => [.. Plan.Units.Select(Outcome)];

    /// <summary>Tells how a unit stands.</summary>
    /// <param name="unit">A unit of the plan.</param>
    public UnitOutcome Outcome(WorkUnit unit)
    {
        ArgumentNullException.ThrowIfNull(unit);
        UnitFolder folder = Of(unit.Id);
        UnitNotes notes = UnitNotes.Of(folder);
        string? log = notes.Failures > 0 ? folder.FailurePath(notes.Failures) : null;
        if (notes.IsDone && folder.FindDone() is { } done)
            return new UnitOutcome(unit, UnitStatus.Done, done.Worker, done.Seconds > 0 ? done.Seconds : null, notes.Failures, log);
        if (notes.IsTaken && folder.WorkerOf(notes.Claim) is var worker && Workers.IsAlive(worker, folder.ClaimPath(notes.Claim)))
            return new UnitOutcome(unit, UnitStatus.Running, worker, null, notes.Failures, log);
        return new UnitOutcome(
            unit, notes.IfDead.IsSetAside(Options) ? UnitStatus.Quarantined : UnitStatus.Missing, null, null, notes.Failures, log);
    }

    internal UnitFolder Of(string unit) => new(System.IO.Path.Combine(Path, UnitsFolder, unit));

    internal string LibraryOf(string worker) => System.IO.Path.Combine(Path, LibrariesFolder, worker);
}
