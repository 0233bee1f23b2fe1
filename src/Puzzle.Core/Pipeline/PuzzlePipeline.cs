using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
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
    private const string Uptraining = "uptraining";

    private readonly IDistiller _blockwise;
    private readonly IDistiller _global;
    private readonly IBlockScorer _scorer;
    private readonly IThroughputProfiler _profiler;
    private readonly IArchitectureSolver _solver;
    private readonly IReadOnlyList<SearchBaseline> _baselines;
    private readonly OpenBlockLibrary _openLibrary;
    private readonly PuzzleOptions _options;
    private readonly ScoreObjective _objective;

    /// <summary>Creates the pipeline from its roles.</summary>
    /// <param name="blockwise">Makes variants.</param>
    /// <param name="global">Heals the child.</param>
    /// <param name="scorer">Measures harm.</param>
    /// <param name="profiler">Measures cost.</param>
    /// <param name="solver">Chooses.</param>
    /// <param name="baselines">Simpler ways to choose, for comparison; may be empty.</param>
    /// <param name="openLibrary">Opens the library; a folder by default.</param>
    /// <param name="options">What holds for every run.</param>
    /// <exception cref="ArgumentException">The objective is malformed or names a metric the scorer does not have, or a baseline's name is taken or cannot name a folder.</exception>
    public PuzzlePipeline(
        IDistiller blockwise,
        IDistiller global,
        IBlockScorer scorer,
        IThroughputProfiler profiler,
        IArchitectureSolver solver,
        IEnumerable<SearchBaseline> baselines,
        OpenBlockLibrary? openLibrary = null,
        PuzzleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(blockwise);
        ArgumentNullException.ThrowIfNull(global);
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(profiler);
        ArgumentNullException.ThrowIfNull(solver);
        ArgumentNullException.ThrowIfNull(baselines);
        (_blockwise, _global, _scorer, _profiler, _solver) = (blockwise, global, scorer, profiler, solver);
        _baselines = [.. baselines];
        CheckNames(_baselines);
        _openLibrary = openLibrary ?? DirectoryBlockLibrary.Open;
        _options = OptionsCheck.Valid(options);
        _objective = ScoreObjective.Parse(_options.Objective, scorer.Metrics);
    }

    /// <summary>Runs all stages, or what is left of them.</summary>
    /// <param name="request">Parent, text, space, target and work folder.</param>
    /// <param name="progress">Told often.</param>
    /// <param name="cancellationToken">Stops soon; what is done is stored.</param>
    /// <returns>What was found; an infeasible target is a result too.</returns>
    public async Task<PuzzleResult> RunAsync(PuzzleRequest request, IProgress<PuzzleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Workload.Validate();
        Directory.CreateDirectory(request.WorkDirectory);
        IBlockLibrary library = _openLibrary(Path.Combine(request.WorkDirectory, Library), request.ParentFingerprint);
        using var disposal = library as IDisposable;

        IReadOnlyList<IReadOnlyList<BlockVariant>> candidates = await CraftAsync(request, library, progress, cancellationToken).ConfigureAwait(false);
        CostTable costs = await ProfileAsync(request, progress, cancellationToken).ConfigureAwait(false);
        IReadOnlyDictionary<string, BlockScore> scores = await ScoreAsync(request, library, candidates, costs, progress, cancellationToken).ConfigureAwait(false);

        SearchProblem problem = SearchProblemFactory.Create(candidates, scores, _objective, costs, request.Target);
        SearchResult answer = _solver.Solve(problem, cancellationToken);
        progress?.Report(new PuzzleProgress(PuzzleStage.Assemble, 1, answer.Status.ToString()));

        PuzzleCandidate? child = answer.HasAnswer
            ? await FinishAsync(request, library, candidates, costs, problem, Child, answer, progress, cancellationToken).ConfigureAwait(false)
            : null;
        var baselines = new List<PuzzleCandidate>();
        foreach (SearchBaseline baseline in _baselines)
        {
            SearchResult result = baseline.Solver.Solve(problem, cancellationToken);
            if (result.HasAnswer)
                baselines.Add(await FinishAsync(request, library, candidates, costs, problem, baseline.Name, result, progress, cancellationToken).ConfigureAwait(false));
        }
        ModelEvaluation parent = await EvaluateAsync(request.Parent, request, progress, "parent", cancellationToken).ConfigureAwait(false);
        return new PuzzleResult(problem, answer, costs, parent, child, baselines)
        {
            Library = SearchProblemFactory.CreateLibrary(candidates, scores, costs),
        };
    }

    private async Task<IReadOnlyList<IReadOnlyList<BlockVariant>>> CraftAsync(
        PuzzleRequest request, IBlockLibrary library, IProgress<PuzzleProgress>? progress, CancellationToken cancellationToken)
    {
        DistillationResult crafted = await _blockwise.DistillAsync(
            new BlockwiseDistillationRequest(request.Parent, request.ParentFingerprint, request.TrainingText, request.SearchSpace, library),
            Relay(progress, PuzzleStage.Craft), cancellationToken).ConfigureAwait(false);
        return BlockComposition.Compose(request.SearchSpace, crafted.Variants);
    }

    private Task<CostTable> ProfileAsync(PuzzleRequest request, IProgress<PuzzleProgress>? progress, CancellationToken cancellationToken) =>
        _profiler.ProfileAsync(
            new ProfilingRequest(request.Parent.Config, request.SearchSpace.AllAttention, request.SearchSpace.AllFfn, request.Workload),
            new Relayed<double>(share => progress?.Report(new PuzzleProgress(PuzzleStage.Profile, share))),
            cancellationToken);

    private async Task<IReadOnlyDictionary<string, BlockScore>> ScoreAsync(
        PuzzleRequest request, IBlockLibrary library, IReadOnlyList<IReadOnlyList<BlockVariant>> candidates, CostTable costs,
        IProgress<PuzzleProgress>? progress, CancellationToken cancellationToken)
    {
        BlockVariant[] all = [.. candidates.SelectMany(layer => layer)];
        var scores = new Dictionary<string, BlockScore>(StringComparer.Ordinal);
        var scoring = new ScoringRequest(request.Parent, library, all, request.ScoringText) { Costs = costs };
        await foreach (BlockScore score in _scorer.ScoreAsync(scoring, cancellationToken).ConfigureAwait(false))
        {
            scores[score.BlockId] = score;
            progress?.Report(new PuzzleProgress(PuzzleStage.Score, scores.Count / (double)all.Length, $"layer {score.Layer}"));
        }
        return scores;
    }

    private async Task<PuzzleCandidate> FinishAsync(
        PuzzleRequest request, IBlockLibrary library, IReadOnlyList<IReadOnlyList<BlockVariant>> candidates, CostTable costs, SearchProblem problem,
        string name, SearchResult result, IProgress<PuzzleProgress>? progress, CancellationToken cancellationToken)
    {
        Architecture architecture = result.ToArchitecture(problem);
        BlockVariant[] blocks = [.. result.Choice.Select(choice => candidates[choice.Layer][choice.VariantIndex])];
        using CausalLanguageModel model = library.Assemble(blocks, request.Parent);
        ModelEvaluation assembled = await EvaluateAsync(model, request, progress, name, cancellationToken).ConfigureAwait(false);
        ModelEvaluation? uptrained = null;
        if (name == Child || _options.UptrainBaselines)
        {
            string childFingerprint = Fingerprint.Of(blocks.Select(block => block.Id));
            string checkpoints = Path.Combine(request.WorkDirectory, Uptraining);
            Directory.CreateDirectory(checkpoints);
            DistillationResult trained = await _global.DistillAsync(
                new GlobalDistillationRequest(
                    request.Parent, request.ParentFingerprint, request.TrainingText, model, childFingerprint, request.ScoringText,
                    Path.Combine(checkpoints, childFingerprint[..16] + ".safetensors")),
                Relay(progress, PuzzleStage.Uptrain), cancellationToken).ConfigureAwait(false);
            if (trained.Curve.Count > 0)
                uptrained = await EvaluateAsync(model, request, progress, name, cancellationToken).ConfigureAwait(false);
        }
        string folder = Path.Combine(request.WorkDirectory, name);
        model.Save(folder);
        return new PuzzleCandidate(name, result, architecture, blocks, costs.Total(architecture), folder, assembled, uptrained);
    }

    // A baseline's name is the name of its folder beside those of the run itself.
    private static void CheckNames(IEnumerable<SearchBaseline> baselines)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { Child, Library, Uptraining };
        foreach (SearchBaseline baseline in baselines)
        {
            if (string.IsNullOrWhiteSpace(baseline.Name) || baseline.Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')))
                throw new ArgumentException($"The baseline name '{baseline.Name}' cannot name a folder: use letters, digits, '-' and '_'.", nameof(baselines));
            if (!taken.Add(baseline.Name))
                throw new ArgumentException($"The baseline name '{baseline.Name}' is taken.", nameof(baselines));
        }
    }

    private static Task<ModelEvaluation> EvaluateAsync(
        CausalLanguageModel model, PuzzleRequest request, IProgress<PuzzleProgress>? progress, string name, CancellationToken cancellationToken) =>
        DedicatedThread.Run(() => ModelEvaluator.Evaluate(
            model, request.Parent, request.HeldOutText,
            progress: new Relayed<double>(share => progress?.Report(new PuzzleProgress(PuzzleStage.Evaluate, share, name))),
            cancellationToken: cancellationToken));

    private static Relayed<TrainingProgress> Relay(IProgress<PuzzleProgress>? progress, PuzzleStage stage) => new(update =>
        progress?.Report(new PuzzleProgress(
            stage, update.Completed / (double)Math.Max(1, update.Total),
            update.Loss is { } loss ? string.Create(CultureInfo.InvariantCulture, $"loss {loss:F4}") : null)));

    // Progress<T> would post to a synchronisation context; order matters here.
    private sealed class Relayed<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
