using Puzzle.Cluster.Slurm;
using Puzzle.Planning;
using Puzzle.Work;

namespace Puzzle.ConsoleApp;

/// <summary>A run as jobs of Slurm. A short job between the others plans, submits the array and itself after it, looks at what the array
/// left, and goes on: so arrays are as large as their work, and nothing has to wait on the node where it was submitted.</summary>
/// <param name="settings">The run.</param>
/// <param name="options">What is asked of Slurm.</param>
/// <param name="arguments">The run's arguments.</param>
/// <param name="submission">The arguments of <c>submit</c> that the next job needs.</param>
internal sealed class SlurmRun(
    CompressSettings settings, SubmitOptions options, IReadOnlyList<string> arguments, IReadOnlyList<string> submission)
{
    private readonly SlurmQueue _queue = new(options.Slurm);
    private readonly SlurmExecutor _executor = new(settings.WorkDirectory, options.Slurm);

    /// <summary>Takes a step, and submits the next; submits the first if null.</summary>
    public async Task StepAsync(SlurmStep? step, CancellationToken cancellationToken)
    {
        if (step is null)
        {
            string first = await SubmitNextAsync(new SlurmStep(SlurmStage.Blocks), null, null, cancellationToken);
            Console.Out.WriteLine($"Job {first} plans the run and submits the jobs that follow. Their logs are in "
                + $"{_executor.LogDirectory}; puzzle status --plan {FileOf(WorkStage.Blocks)} tells how far it is.");
            return;
        }
        foreach (WorkStage stage in new[] { WorkStage.Blocks, WorkStage.Scores }.Where(stage => (int)stage >= (int)step.Stage))
        {
            bool goesOn = (int)stage == (int)step.Stage && step.Left is not null;
            if (await SubmitUnitsAsync(stage, goesOn ? step : null, cancellationToken))
                return;
        }
        await SubmitRunAsync(step.Stage == SlurmStage.Run ? step.Futile : 0, cancellationToken);
    }

    /// <returns>False if nothing of the stage is left: it is merged then.</returns>
    private async Task<bool> SubmitUnitsAsync(WorkStage stage, SlurmStep? before, CancellationToken cancellationToken)
    {
        string file = FileOf(stage);
        WorkPlan plan = before is null
            ? await SharedRun.PlanAsync(settings, stage, arguments, file, cancellationToken)
            : WorkPlan.Read(file);
        IReadOnlyList<UnitOutcome> outcomes = WorkFolder.Open(settings.WorkDirectory, plan).Outcomes();
        if (_executor.JobFor(plan) is { } job)
        {
            int left = outcomes.Count(outcome => outcome.Status is UnitStatus.Missing or UnitStatus.Running);
            int futile = before is null || left < before.Left ? 0 : before.Futile + 1;
            if (futile > options.Slurm.MaxResubmissions)
                throw new InvalidOperationException(
                    $"{left} units of {file} are missing, and {futile} arrays in a row did none of them: see {_executor.LogDirectory}.");
            string array = await _queue.SubmitAsync(job, cancellationToken);
            await SubmitNextAsync(
                new SlurmStep((SlurmStage)stage, futile, left), $"afterany:{array}", job.MemoryBytes, cancellationToken);
            Console.Out.WriteLine($"{file}: {left} of {outcomes.Count} units are left for the {job.Tasks.Count} tasks of job {array}.");
            return true;
        }
        if (outcomes.Where(outcome => outcome.Status == UnitStatus.Quarantined).ToArray() is { Length: > 0 } aside)
            throw new InvalidOperationException($"{aside.Length} units of {file} were set aside: "
                + string.Join("; ", aside.Select(outcome => $"{outcome.Unit.Name}, {outcome.Log ?? "its workers died"}"))
                + ". Mend what was wrong, delete their folders, and submit again.");
        SharedWork.Merge(settings.WorkDirectory, plan, cancellationToken);
        return false;
    }

    private async Task SubmitRunAsync(int futile, CancellationToken cancellationToken)
    {
        if (futile > options.Slurm.MaxResubmissions)
            throw new InvalidOperationException(
                $"The run ended {futile} times before it was done: see {_executor.LogDirectory}. Submit again to go on.");
        string run = await _queue.SubmitAsync(
            new SlurmJob("puzzle-run", [.. options.Slurm.Worker, .. arguments], _executor.LogDirectory) { Further = options.RunOptions },
            cancellationToken);
        // Only if it fails or is ended by its limit.
        await SubmitNextAsync(new SlurmStep(SlurmStage.Run, futile + 1), $"afternotok:{run}", null, cancellationToken);
        Console.Out.WriteLine($"Job {run} searches and heals the child.");
    }

    private Task<string> SubmitNextAsync(SlurmStep step, string? dependency, long? memory, CancellationToken cancellationToken) =>
        _queue.SubmitAsync(
            new SlurmJob(
                "puzzle-next",
                [.. options.Slurm.Worker, "submit", .. submission, .. SubmitOptions.ArgumentsOf(step), .. arguments],
                _executor.LogDirectory)
            {
                Dependency = dependency,
                MemoryBytes = memory,
            },
            cancellationToken);

    private string FileOf(WorkStage stage) => Path.Combine(settings.WorkDirectory, $"{stage.ToString().ToLowerInvariant()}.json");
}
