using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Puzzle.Distillation;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Scoring;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>
/// The whole method from parent to child: craft, profile, score, assemble, uptrain, evaluate. Every stage stores what it
/// makes, so a run that was stopped at any moment continues where it was and gives the same result.
/// </summary>
public sealed class PuzzlePipeline
{
    private const string Child = "child";
    private const string Library = "library";
    private const string LockFile = "run.lock";

    private readonly PipelineRoles _roles;
    private readonly IReadOnlyList<SearchBaseline> _baselines;
    private readonly OpenBlockLibrary _openLibrary;
    private readonly PuzzleOptions _options;
    private readonly ScoreObjective _objective;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;

    /// <summary>Creates the pipeline from its roles.</summary>
    /// <param name="blockwise">Makes variants.</param>
    /// <param name="global">Heals the child.</param>
    /// <param name="scorer">Measures harm.</param>
    /// <param name="profiler">Measures cost.</param>
    /// <param name="solver">Chooses.</param>
    /// <param name="baselines">Simpler ways to choose, for comparison; may be empty.</param>
    /// <param name="openLibrary">Opens the library; a folder by default.</param>
    /// <param name="options">What holds for every run.</param>
    /// <param name="logger">Told of every stage, see docs/logging.md; nobody if null.</param>
    /// <param name="clock">Where durations and the time left come from; the system if null.</param>
    /// <exception cref="ArgumentException">The objective is malformed or names a metric the scorer does not have, or a baseline's name is
    /// taken or cannot name a folder.</exception>
    public PuzzlePipeline(
        IDistiller<BlockwiseDistillationRequest, BlockwiseDistillationResult> blockwise,
        IDistiller<GlobalDistillationRequest, GlobalDistillationResult> global,
        IBlockScorer scorer,
        IThroughputProfiler profiler,
        IArchitectureSolver solver,
        IEnumerable<SearchBaseline> baselines,
        OpenBlockLibrary? openLibrary = null,
        PuzzleOptions? options = null,
        ILogger<PuzzlePipeline>? logger = null,
        TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(blockwise);
        ArgumentNullException.ThrowIfNull(global);
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(profiler);
        ArgumentNullException.ThrowIfNull(solver);
        ArgumentNullException.ThrowIfNull(baselines);
        _roles = new PipelineRoles(blockwise, global, scorer, profiler, solver);
        _baselines = [.. baselines];
        CheckNames(_baselines);
        _openLibrary = openLibrary ?? DirectoryBlockLibrary.Open;
        _logger = logger ?? NullLogger<PuzzlePipeline>.Instance;
        _clock = clock ?? TimeProvider.System;
        _options = OptionsCheck.Valid(options);
        _objective = ScoreObjective.Parse(_options.Objective, scorer.Metrics);
    }

    /// <summary>Says which stages a run makes anew because inputs are others than when the work folder was last used. What was made before
    /// stays.</summary>
    /// <param name="request">What would be run.</param>
    /// <returns>The stages in order, with the changed inputs; none for a new folder, or one last used for the same.</returns>
    public IReadOnlyList<StageChange> Changes(PuzzleRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return InputsOf(request).Since(RunInputs.Find(request.WorkDirectory));
    }

    /// <summary>
    /// Runs all stages, or what is left of them: costs, scores, answers, evaluations and models that the work folder holds are read, so
    /// that a finished run gives the same result again, to the last bit, and makes nothing.
    /// </summary>
    /// <param name="request">Parent, text, space, target and work folder.</param>
    /// <param name="progress">Told often.</param>
    /// <param name="cancellationToken">Stops soon; what is done is stored.</param>
    /// <returns>What was found; an infeasible target is a result too.</returns>
    /// <exception cref="InvalidOperationException">The work folder is another parent's.</exception>
    /// <exception cref="IOException">Another process uses the work folder, or it cannot be written.</exception>
    public async Task<PuzzleResult> RunAsync(
        PuzzleRequest request, IProgress<PuzzleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Workload.Validate();
        Directory.CreateDirectory(request.WorkDirectory);
        using FileLock held = FileLock.Take(Path.Combine(request.WorkDirectory, LockFile), $"The work folder {request.WorkDirectory}");
        foreach (StageChange change in Changes(request))
            progress?.Report(new PuzzleProgress(change.Stage, 0, change.ToString()));
        InputsOf(request).Write(request.WorkDirectory);
        IBlockLibrary opened = _openLibrary(Path.Combine(request.WorkDirectory, Library), request.Parent.Fingerprint);
        using var disposal = opened as IDisposable;
        var library = new ObservedLibrary(opened);
        using var observer = new RunObserver(request, library, _logger, _clock, progress);
        try
        {
            PuzzleResult result = await RunAsync(
                request,
                new PipelineRun(request, library, _roles, _objective, _options, observer, cancellationToken)).ConfigureAwait(false);
            observer.Ended(result);
            return result;
        }
        catch (Exception problem)
        {
            observer.Ended(problem);
            throw;
        }
    }

    private async Task<PuzzleResult> RunAsync(PuzzleRequest request, PipelineRun run)
    {
        IReadOnlyList<SubblockVariant> variants = await run.CraftAsync().ConfigureAwait(false);
        CostTable costs = await run.ProfileAsync().ConfigureAwait(false);
        var search = new PipelineSearch(request, run, costs, _objective);
        await search.RunAsync(variants).ConfigureAwait(false);
        if (_options.TwoStage && search.Answer.HasAnswer)
            await search.RunAsync(await run.CraftPairsAsync(
                variants, search.Answer.ToArchitecture(search.Problem)).ConfigureAwait(false)).ConfigureAwait(false);
        if (search.Answer.HasAnswer && _options.SpeedCorrections > 0 && CorrectedBounds.Concern(search.Problem.Constraints))
            await search.CorrectAsync(_options.SpeedCorrections).ConfigureAwait(false);

        SearchResult answer = search.Answer, chosen = answer;
        IReadOnlyList<Finalist> finalists = [];
        if (answer.HasAnswer && _options.Finalists > 1)
            (chosen, finalists) = await new FinalistSearch(run, search, _options).RunAsync().ConfigureAwait(false);
        PuzzleCandidate? child = answer.HasAnswer
            ? await run.FinishAsync(Child, chosen, search.BlocksOf(chosen), costs, uptrain: true).ConfigureAwait(false)
            : null;
        List<PuzzleCandidate> baselines = await FinishBaselinesAsync(run, search, costs).ConfigureAwait(false);
        ModelEvaluation parent = await run.EvaluateParentAsync().ConfigureAwait(false);
        return new PuzzleResult(
            search.Problem, answer, costs, parent, child, baselines) 
        {
            Library = search.Library,
            SpeedChecks = search.Checks,
            Finalists = finalists,
        };
    }

    private async Task<List<PuzzleCandidate>> FinishBaselinesAsync(PipelineRun run, PipelineSearch search, CostTable costs)
    {
        var finished = new List<PuzzleCandidate>();
        foreach (SearchBaseline baseline in _baselines)
        {
            SearchResult result = await run.SolveAsync(baseline.Solver, search.Problem).ConfigureAwait(false);
            if (result.HasAnswer)
                finished.Add(await run.FinishAsync(
                    baseline.Name, result, search.BlocksOf(result), costs, _options.UptrainBaselines).ConfigureAwait(false));
        }
        return finished;
    }

    private RunInputs InputsOf(PuzzleRequest request) => RunInputs.Of(request, _roles, _options, _baselines);

    // A baseline's name is the name of its folder beside those of the run itself.
    private static void CheckNames(IEnumerable<SearchBaseline> baselines)
    {
        var taken = new HashSet<string>([Child, Library, .. PipelineRun.Folders], StringComparer.OrdinalIgnoreCase);
        foreach (SearchBaseline baseline in baselines)
        {
            if (string.IsNullOrWhiteSpace(baseline.Name) || baseline.Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')))
                throw new ArgumentException(
                    $"The baseline name '{baseline.Name}' cannot name a folder: use letters, digits, '-' and '_'.", nameof(baselines));
            if (!taken.Add(baseline.Name))
                throw new ArgumentException($"The baseline name '{baseline.Name}' is taken.", nameof(baselines));
        }
    }
}
