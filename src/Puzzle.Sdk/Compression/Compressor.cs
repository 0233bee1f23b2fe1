using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Pipeline;
using Puzzle.Planning;
using Puzzle.Reporting;
using Puzzle.Search;
using Puzzle.Search.Interchange;
using Puzzle.Search.Profiling;
using Puzzle.Text;

namespace Puzzle;

/// <summary>The whole way from a folder, a text and a target to a child, with reports. <c>AddPuzzleDefaults()</c> registers it.</summary>
/// <param name="pipeline">Runs the stages.</param>
/// <param name="profiler">Measures parent, child and baselines whole when the run is done.</param>
/// <param name="solver">Computes the frontier of the report.</param>
/// <param name="options">The pipeline's options; the defaults if null.</param>
/// <param name="clock">The time a report bears; the system's if null.</param>
/// <param name="compute">Where everything computes, unless a request says; the CPU if null.</param>
/// <param name="profiling">Where torch's profiler measures.</param>
/// <param name="logger">Told where a run computes.</param>
public sealed class Compressor(
    PuzzlePipeline pipeline, IThroughputProfiler profiler, IArchitectureSolver solver, IOptions<PuzzleOptions>? options = null,
    TimeProvider? clock = null, IOptions<ComputeOptions>? compute = null, IOptions<ProfilingOptions>? profiling = null,
    ILogger<PuzzlePipeline>? logger = null)
{
    private readonly string _objective = options?.Value.Objective ?? new PuzzleOptions().Objective;
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Makes a child with the default implementations and options; its folder is <see cref="PuzzleCandidate.Folder"/> of the
    /// result's child.</summary>
    /// <param name="parent">The parent's Hugging Face folder.</param>
    /// <param name="text">A UTF-8 text file to distil on.</param>
    /// <param name="target">What the child must achieve.</param>
    /// <param name="progress">Told often.</param>
    /// <param name="cancellationToken">Stops soon; what is done is stored, and the same call continues.</param>
    /// <returns>What was found; an infeasible target is a result too.</returns>
    public static Task<PuzzleResult> CompressAsync(
        string parent, string text, DeploymentTarget target, IProgress<PuzzleProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        CompressAsync(new CompressionRequest { Parent = parent, Text = [text], Target = target }, null, progress, cancellationToken);

    /// <summary>Makes a child with implementations and options of choice.</summary>
    /// <param name="request">Parent, text, target and what else is not the default.</param>
    /// <param name="configure">Chooses implementations and sets options; null for the defaults.</param>
    /// <param name="progress">Told often.</param>
    /// <param name="cancellationToken">Stops soon; what is done is stored, and the same call continues.</param>
    /// <returns>What was found; an infeasible target is a result too.</returns>
    public static async Task<PuzzleResult> CompressAsync(
        CompressionRequest request, Action<IPuzzleBuilder>? configure, IProgress<PuzzleProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var services = new ServiceCollection();
        IPuzzleBuilder builder = services.AddPuzzleDefaults();
        if (request is { Device: { } device })
            builder.UseDevice(device);
        configure?.Invoke(builder);
        using ServiceProvider provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<Compressor>().RunAsync(request, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells what a run will take and can reach, from a short calibration on this machine.</summary>
    /// <param name="request">The run that would be made.</param>
    /// <param name="configure">Chooses implementations and sets options; null for the defaults.</param>
    /// <param name="cancellationToken">Stops soon.</param>
    public static async Task<RunPlan> PlanAsync(
        CompressionRequest request, Action<IPuzzleBuilder>? configure = null, CancellationToken cancellationToken = default)
    {
        var services = new ServiceCollection();
        IPuzzleBuilder builder = services.AddPuzzleDefaults();
        if (request is { Device: { } device })
            builder.UseDevice(device);
        configure?.Invoke(builder);
        using ServiceProvider provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<Planner>().PlanAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a child, times it whole beside the parent, and leaves <c>report.json</c>, <c>report.html</c> and
    /// <c>block_library.json</c> in the work folder.</summary>
    /// <param name="request">Parent, text, target and what else is not the default.</param>
    /// <param name="progress">Told often.</param>
    /// <param name="cancellationToken">Stops soon; what is done is stored, and the same call continues.</param>
    /// <returns>What was found; an infeasible target is a result too.</returns>
    /// <exception cref="ArgumentException">The request cannot be met by this parent and text, or request, services and profiler name
    /// different devices.</exception>
    /// <exception cref="NotSupportedException">A GPU is asked for, and this torch cannot use one.</exception>
    /// <exception cref="CheckpointFormatException">The parent's folder is damaged or not understood.</exception>
    public async Task<PuzzleResult> RunAsync(
        CompressionRequest request, IProgress<PuzzleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ComputeDevice device = DeviceOf(
            request, compute?.Value, profiler is TorchThroughputProfiler ? profiling?.Value : null, logger);
        TorchRuntime.Initialize();
        using CheckpointFolder checkpoint = CheckpointFolder.Open(request.Parent);
        using CausalLanguageModel parent = CausalLanguageModel.Load(checkpoint, device.ParentType, device.Torch, cancellationToken);
        parent.MaxMemoryBytes = compute?.Value.MaxMemoryBytes;
        Tokenizer tokenizer = Tokenizer.Load(request.Parent);
        string fingerprint = checkpoint.ComputeFingerprint(cancellationToken);
        CorpusParts parts = CorpusParts.Read(
            request.Text, tokenizer, Math.Min(request.SequenceLength, parent.Config.MaxPositions), cancellationToken);
        PuzzleResult result = await pipeline.RunAsync(
            new PuzzleRequest
            {
                Parent = new(parent, fingerprint),
                TrainingText = parts.Training,
                ScoringText = parts.Scoring,
                HeldOutText = parts.HeldOut,
                SearchSpace = request.SpaceFor(parent.Config),
                Workload = request.WorkloadFor(parent.Config),
                Target = request.Target,
                WorkDirectory = request.WorkDirectory,
                TokenizerFolder = request.Parent,
            },
            progress, cancellationToken).ConfigureAwait(false);
        ReportContext context = new()
        {
            Target = request.Target.ToString(),
            Command = request.Command,
            Created = _clock.GetUtcNow(),
            Seeds = Seeds,
            Fingerprints = FingerprintsOf(fingerprint, parts),
        };
        if (result.Child is { } child)
        {
            tokenizer.Save(child.Folder);
            using FinishedModels models = FinishedModels.Load(parent, result, cancellationToken);
            result = result with
            {
                Speeds = await FinishedModels.SpeedsAsync(
                    request.WorkDirectory, result, profiler.Settings,
                    async () =>
                        await profiler.MeasureAsync(
                            models.All, result.Costs.Workload, null, cancellationToken).ConfigureAwait(false) ?? []).ConfigureAwait(false),
            };
            context = context with
            {
                Samples = await SampleWriter.WriteAsync(tokenizer, parent, models.Child, cancellationToken).ConfigureAwait(false),
                Frontier = FrontierSearch.Compute(result, solver, _objective, cancellationToken),
            };
        }
        BlockLibraryFile.Write(Path.Combine(request.WorkDirectory, BlockLibraryFile.FileName), result.Library);
        result.CreateReport(context).Save(request.WorkDirectory);
        return result;
    }

    /// <summary>Gets the seeds of the splits and orders of text, for reports.</summary>
    public static IReadOnlyDictionary<string, string> Seeds { get; } = new Dictionary<string, string>
    {
        ["text"] = CorpusParts.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>Gives the fingerprints of what a run depends on, for reports.</summary>
    /// <param name="parentFingerprint">The parent's.</param>
    /// <param name="parts">The text.</param>
    public static IReadOnlyDictionary<string, string> FingerprintsOf(string parentFingerprint, CorpusParts parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new Dictionary<string, string>
        {
            ["parent"] = parentFingerprint,
            ["training text"] = parts.Training.Fingerprint,
            ["scoring text"] = parts.Scoring.Fingerprint,
            ["held-out text"] = parts.HeldOut.Fingerprint,
        };
    }

    /// <summary>Gives the device of a run, and says what is to be said of it.</summary>
    /// <exception cref="ArgumentException">Request, services and profiler name different ones.</exception>
    internal static ComputeDevice DeviceOf(
        CompressionRequest request, ComputeOptions? compute, ProfilingOptions? profiling, ILogger? logger)
    {
        if (request.Device is { } asked && compute is { Device: not "cpu" and var other } && asked != other)
            throw new ArgumentException($"The request asks for {asked}, the services for {other}: choose one device for both.");
        var device = ComputeDevice.Resolve(request.Device ?? compute?.Device ?? "cpu");
        if (profiling is not null)
            DeviceName.RequireSame(new ComputeDevice(profiling.Device, profiling.DeviceIndex).Torch, device.Torch);
        if (device.Notice is { } notice)
            logger?.DeviceChosen(notice);
        return device;
    }
}
