using System.Globalization;
using Microsoft.Extensions.Options;
using Puzzle.Foundation;
using Puzzle.Work;

namespace Puzzle.Cluster.Slurm;

/// <summary>Carries a plan out by array jobs of Slurm, whose tasks run <c>puzzle work</c>; all nodes see the work folder.</summary>
/// <remarks>
/// A task does a share of about the same estimated cost as every other. The work folder says what is done, not the queue: shares
/// that have units left when an array has ended are submitted again.
/// </remarks>
public sealed class SlurmExecutor : IUnitExecutor
{
    // By so much may the estimate be too low.
    private const double MemoryReserve = 1.3;

    private readonly string _workDirectory;
    private readonly SlurmOptions _options;
    private readonly WorkOptions _work;
    private readonly SlurmQueue _queue;
    private readonly TimeProvider _time;

    /// <summary>Creates an executor.</summary>
    /// <param name="workDirectory">The run's work folder.</param>
    /// <param name="options">How jobs are asked for; the defaults if null.</param>
    /// <param name="work">When a worker counts as dead and a unit is set aside, as the workers have it; the defaults if null.</param>
    /// <param name="time">Says when to look at the job; the system's clock if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public SlurmExecutor(string workDirectory, SlurmOptions? options = null, WorkOptions? work = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(workDirectory);
        (_workDirectory, _options, _work) = (Path.GetFullPath(workDirectory), OptionsCheck.Valid(options), OptionsCheck.Valid(work));
        (_queue, _time) = (new SlurmQueue(_options), time ?? TimeProvider.System);
    }

    /// <summary>Gets where the output of jobs goes.</summary>
    public string LogDirectory => Path.Combine(_workDirectory, "slurm");

    /// <summary>Gives the array job that does what is missing of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <returns>Null if nothing is missing.</returns>
    /// <exception cref="IOException">The work folder cannot be written.</exception>
    public SlurmJob? JobFor(WorkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var folder = WorkFolder.Open(_workDirectory, plan, _work);
        HashSet<string> left = Left(folder);
        int shares = SharesOf(plan);
        int[] tasks = [.. Enumerable.Range(1, shares).Where(index => new WorkShare(index, shares).Of(plan).Any(unit =>
            left.Contains(unit.Id)))];
        return tasks.Length == 0 ? null : new SlurmJob(
            $"puzzle-{plan.Stage.ToString().ToLowerInvariant()}",
            [.. _options.Worker, "work", "--plan", folder.PlanPath, "--shares", shares.ToString(CultureInfo.InvariantCulture)],
            LogDirectory)
        {
            Tasks = tasks,
            MemoryBytes = (long)(MemoryReserve * plan.Units.Max(unit => unit.MemoryBytes)) is > 0 and var bytes ? bytes : null,
        };
    }

    /// <inheritdoc/>
    /// <remarks>Units that are still missing at the end are what the last arrays could not do: the reason is in
    /// <see cref="LogDirectory"/>.</remarks>
    public async Task<IReadOnlyList<UnitOutcome>> ExecuteAsync(
        WorkPlan plan, IProgress<UnitOutcome>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var folder = WorkFolder.Open(_workDirectory, plan, _work);
        var news = new OutcomeNews(folder, progress);
        int left = Left(folder).Count;
        for (int futile = 0; futile <= _options.MaxResubmissions && JobFor(plan) is { } job;)
        {
            string number = await _queue.SubmitAsync(job, cancellationToken).ConfigureAwait(false);
            await WaitAsync(number, folder, news, cancellationToken).ConfigureAwait(false);
            int now = Left(folder).Count;
            (futile, left) = (now < left ? 0 : futile + 1, now);
        }
        return folder.Outcomes();
    }

    private async Task WaitAsync(string job, WorkFolder folder, OutcomeNews news, CancellationToken cancellationToken)
    {
        try
        {
            while (Left(folder).Count > 0 && await _queue.IsActiveAsync(job, cancellationToken).ConfigureAwait(false))
            {
                news.Tell();
                await Task.Delay(_options.PollInterval, _time, cancellationToken).ConfigureAwait(false);
            }
            news.Tell();
        }
        catch (OperationCanceledException)
        {
            await _queue.CancelAsync(job).ConfigureAwait(false);
            throw;
        }
    }

    // More would have too little to do; without estimates as many as may be.
    private int SharesOf(WorkPlan plan)
    {
        double seconds = plan.Units.Sum(unit => unit.Seconds);
        double most = seconds > 0 && _options.MinTaskTime > TimeSpan.Zero
            ? Math.Max(1, Math.Floor(seconds / _options.MinTaskTime.TotalSeconds))
            : _options.MaxTasks;
        return (int)Math.Max(1, Math.Min(Math.Min(most, _options.MaxTasks), plan.Units.Count));
    }

    private static HashSet<string> Left(WorkFolder folder) =>
    [
        .. from outcome in folder.Outcomes()
           where outcome.Status is UnitStatus.Missing or UnitStatus.Running
           select outcome.Unit.Id,
    ];
}
