using Microsoft.Extensions.Options;
using Puzzle.Distillation.Blockwise;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Native;
using Puzzle.Search.Scoring;
using Puzzle.Work;

namespace Puzzle.Planning;

/// <summary>Blockwise distillation and scoring by any number of processes on any machines that see one work folder: plan, work, merge.
/// <c>AddPuzzleDefaults()</c> registers it.</summary>
/// <remarks>A run in the same work folder then finds everything made. Scores can be planned once the variants are merged.</remarks>
/// <param name="blockwise">How variants are trained.</param>
/// <param name="scoring">How blocks are scored.</param>
/// <param name="clock">Times the calibration, signs of life and units; the system's if null.</param>
/// <param name="compute">The device, where the request names none; the CPU if null.</param>
public sealed class SharedWork(
    IOptions<BlockwiseDistillationOptions> blockwise, IOptions<ScoringOptions> scoring, TimeProvider? clock = null,
    IOptions<ComputeOptions>? compute = null)
{
    // Windows that the calibration scores on: two batches of the default.
    private const int CalibrationWindows = 8;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Plans a stage: its units with what they take, from a short calibration on this machine. Creates the work folder's
    /// library.</summary>
    /// <param name="request">The run.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="arguments">What makes the same request again; kept in the plan.</param>
    /// <param name="earlier">A plan made before: it is given again, and what was done by it counts, if its units and arguments are those of
    /// the request.</param>
    /// <param name="cancellationToken">Stops between the parts of the calibration.</param>
    /// <exception cref="InvalidOperationException">Scores are asked for, and variants are missing.</exception>
    public async Task<WorkPlan> PlanAsync(
        CompressionRequest request, WorkStage stage, IReadOnlyList<string> arguments, WorkPlan? earlier = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(arguments);
        using OpenedWork work = OpenedWork.Create(request, DeviceOf(request), stage, blockwise.Value, scoring.Value, cancellationToken);
        if (earlier is not null && IsCurrent(earlier, work, stage, arguments))
            return earlier;
        string scratch = Directory.CreateTempSubdirectory("puzzle-plan-").FullName;
        try
        {
            var calibration = new Calibration(work.Parent.Model, work.Text.Training, scratch, _clock);
            (double perOperation, double perUnit) = await RateAsync(work, stage, calibration, cancellationToken).ConfigureAwait(false);
            return new WorkPlan(
                stage, work.Parent.Fingerprint, work.Data, arguments,
                [.. work.Runner.Units.Select(unit => unit with { Seconds = (unit.Operations * perOperation) + perUnit })]);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    /// <summary>Does a share of a plan in this process; see <see cref="InProcessExecutor"/>.</summary>
    /// <param name="request">The run that was planned.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="share">Which units.</param>
    /// <param name="options">When a worker counts as dead and a unit is set aside; the defaults if null.</param>
    /// <param name="progress">Told of units as they are done or fail.</param>
    /// <param name="cancellationToken">Stops soon; units under way are given back.</param>
    /// <returns>How the share's units stand.</returns>
    /// <exception cref="InvalidOperationException">The plan was made for another parent, text, version or options.</exception>
    public async Task<IReadOnlyList<UnitOutcome>> WorkAsync(
        CompressionRequest request, WorkPlan plan, WorkShare share, WorkOptions? options = null, IProgress<UnitOutcome>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(share);
        using OpenedWork work = OpenedWork.Open(request, DeviceOf(request), plan, blockwise.Value, scoring.Value, cancellationToken);
        var executor = new InProcessExecutor(work.Runner, request.WorkDirectory, share, work.Library, options, _clock);
        return await executor.ExecuteAsync(plan, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Merges what the workers of a plan have made so far into the work folder's library.</summary>
    /// <param name="workDirectory">The work folder.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Stops between variants; what was copied stays.</param>
    /// <returns>How many variants and scores were copied.</returns>
    /// <exception cref="InvalidOperationException">The library belongs to another parent.</exception>
    public static (int Variants, int Scores) Merge(
        string workDirectory, WorkPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(workDirectory);
        ArgumentNullException.ThrowIfNull(plan);
        using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(OpenedWork.LibraryOf(workDirectory), plan.Parent);
        return WorkMerge.Merge(library, WorkFolder.Open(workDirectory, plan).Libraries, cancellationToken);
    }

    private async Task<(double PerOperation, double PerUnit)> RateAsync(
        OpenedWork work, WorkStage stage, Calibration calibration, CancellationToken cancellationToken)
    {
        (double perOperation, double perUnit) = await calibration.CraftAsync(
            blockwise.Value, (options, sample) => new BlockUnits(sample, options).Units
                .Where(unit => unit.Layer < sample.Layers.End.Value).Sum(unit => unit.Operations), cancellationToken).ConfigureAwait(false);
        if (stage == WorkStage.Blocks)
            return (perOperation, perUnit);
        ScoringOptions shorter = OptionsCheck.Copy(scoring.Value);
        shorter.MaxWindows = Math.Min(CalibrationWindows, shorter.MaxWindows);
        double seconds = await calibration.ScoreAsync(
            scoring.Value, work.Text.Scoring, shorter.MaxWindows, cancellationToken).ConfigureAwait(false);
        return (seconds / calibration.ScoreOperations(shorter, work.Text.Scoring), 0);
    }

    // A unit's recipe says everything that its result depends on.
    private static bool IsCurrent(WorkPlan plan, OpenedWork work, WorkStage stage, IReadOnlyList<string> arguments) =>
        plan.Stage == stage && plan.Parent == work.Parent.Fingerprint && plan.Arguments.SequenceEqual(arguments, StringComparer.Ordinal)
        && plan.Units.Select(unit => (unit.Id, unit.Recipe)).SequenceEqual(work.Runner.Units.Select(unit => (unit.Id, unit.Recipe)));

    private ComputeDevice DeviceOf(CompressionRequest request) =>
        Compressor.DeviceOf(request, compute?.Value, profiling: null, logger: null);
}
