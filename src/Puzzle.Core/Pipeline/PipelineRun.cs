using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Foundation;
using Puzzle.Fusion;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Scoring;
using Puzzle.Search;
using static TorchSharp.torch;

namespace Puzzle.Pipeline;

/// <summary>The stages of one run. Each stores what it makes in the work folder and repeats nothing that is there: what was found before is
/// found again.</summary>
internal sealed class PipelineRun(
    PuzzleRequest request, IBlockLibrary library, PipelineRoles roles, ScoreObjective objective, PuzzleOptions options,
    RunObserver observer, CancellationToken cancellationToken)
{
    private const string Checks = "speed-checks";
    private const string Costs = "costs";

    /// <summary>The folder of what trainings need to go on.</summary>
    public const string Uptraining = "uptraining";

    /// <summary>The folder of what was found.</summary>
    public const string Records = "records";
    private const string EvaluationVersion = "evaluation-1";

    private readonly RunRecords _records = new(Path.Combine(request.WorkDirectory, Records));

    private ChildAssembly Assembly => new(request, library, options, _records, observer, cancellationToken);

    /// <summary>The names of the folders of a run; no candidate may have one of them.</summary>
    public static IReadOnlyList<string> Folders { get; } = [Uptraining, Checks, Costs, Records, CandidateFolder.Kept];

    /// <summary>Gets what tries finalists.</summary>
    public FinalistTrials Trials => new(request, Assembly, roles, observer, _records, cancellationToken);

    public async Task<IReadOnlyList<SubblockVariant>> CraftAsync()
    {
        BlockwiseDistillationResult crafted = await observer.StageAsync(
            PuzzleStage.Craft, () =>
                roles.Blockwise.DistillAsync(Decoupled, Relay(PuzzleStage.Craft), cancellationToken)).ConfigureAwait(false);
        return crafted.Variants;
    }

    /// <summary>Trains the pairs of what a search chose (the second stage of two-stage blockwise distillation).</summary>
    /// <returns>The first stage's variants and the pairs'.</returns>
    public async Task<IReadOnlyList<SubblockVariant>> CraftPairsAsync(IReadOnlyList<SubblockVariant> variants, Architecture chosen)
    {
        BlockwiseDistillationResult crafted = await observer.StageAsync(PuzzleStage.Craft, () => roles.Blockwise.DistillAsync(
            Decoupled.Coupled(request.SearchSpace.Reduce([chosen]), variants), Relay(PuzzleStage.Craft),
            cancellationToken)).ConfigureAwait(false);
        return [.. variants, .. crafted.Variants];
    }

    /// <summary>Measures what everything costs, or reads what was measured before: costs are measured once.</summary>
    public Task<CostTable> ProfileAsync()
    {
        var profiling = new ProfilingRequest(
            request.Parent.Model.Config, request.SearchSpace.AllAttention, request.SearchSpace.AllFfn, request.Workload)
        {
            CacheFolder = Path.Combine(request.WorkDirectory, Costs),
        };
        string key = Fingerprint.Of(
        [
            request.Parent.Fingerprint, roles.Profiler.Settings, .. Shape(request.Workload),
            profiling.Attention.Count, .. profiling.Attention, profiling.Ffn.Count, .. profiling.Ffn,
            .. HasExperts(request) ? [request.TrainingText.Fingerprint] : Array.Empty<object>(),
        ]);
        return observer.StageAsync(PuzzleStage.Profile, async () =>
        {
            CostTable costs = await _records.GetAsync(
                "costs", key, RecordJson.Default.KeptCostTable,
                async () => await roles.Profiler.ProfileAsync(
                    HasExperts(request) ? profiling with { ExpertUsage = await UsageAsync().ConfigureAwait(false) } : profiling,
                    Share(PuzzleStage.Profile), cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            Share(PuzzleStage.Profile).Report(1);
            return costs;
        });
    }

    /// <summary>Tells whether what a run profiles depends on text: on which experts it is sent to.</summary>
    public static bool HasExperts(PuzzleRequest request) => request.SearchSpace.AllFfn.Any(ffn => ffn is MixtureFfnConfig);

    private Task<ExpertUsage> UsageAsync() => DedicatedThread.Run(() => ExpertUsage.Measure(
        request.Parent.Model, request.SearchSpace.AllFfn, request.TrainingText, cancellationToken: cancellationToken));

    public Task<IReadOnlyDictionary<string, BlockScore>> ScoreAsync(
        IReadOnlyList<IReadOnlyList<BlockVariant>> candidates, CostTable costs) =>
        observer.StageAsync(PuzzleStage.Score, () => ScoreAllAsync(candidates, costs));

    private async Task<IReadOnlyDictionary<string, BlockScore>> ScoreAllAsync(
        IReadOnlyList<IReadOnlyList<BlockVariant>> candidates, CostTable costs)
    {
        BlockVariant[] all = [.. candidates.SelectMany(layer => layer)];
        var scores = new Dictionary<string, BlockScore>(StringComparer.Ordinal);
        var scoring = new ScoringRequest(request.Parent.Model, library, all, request.ScoringText) { Costs = costs };
        await foreach (BlockScore score in roles.Scorer.ScoreAsync(scoring, cancellationToken).ConfigureAwait(false))
        {
            scores[score.BlockId] = score;
            observer.Report(new PuzzleProgress(
                PuzzleStage.Score, scores.Count / (double)all.Length,
                $"layer {score.Layer}") { Unit = "block", Completed = scores.Count, Total = all.Length });
        }
        return scores;
    }

    /// <summary>Chooses the child's architecture, with scores beside the chosen blocks if asked to; or reads what was chosen
    /// before.</summary>
    public Task<SearchResult> SolveAsync(SearchProblem problem, IReadOnlyList<IReadOnlyList<BlockVariant>> candidates)
    {
        if (options.ConditionalRounds == 0)
            return SolveAsync(roles.Solver, problem);
        string key = Fingerprint.Of(
        [
            ProblemIdentity.Of(problem), roles.Solver.Settings, options.ConditionalRounds, objective, roles.Scorer.Settings,
            request.Parent.Fingerprint, request.ScoringText.Fingerprint, .. candidates.SelectMany(layer => layer).Select(block => block.Id),
        ]);
        return AnswerAsync(key, () => RescoreAsync(problem, candidates));
    }

    /// <summary>Chooses an architecture by the run's solver, or reads what was chosen before.</summary>
    public Task<SearchResult> SolveAsync(SearchProblem problem) => SolveAsync(roles.Solver, problem);

    /// <summary>Chooses an architecture, or reads what was chosen before.</summary>
    public Task<SearchResult> SolveAsync(IArchitectureSolver solver, SearchProblem problem) =>
        AnswerAsync(
            Fingerprint.Of(ProblemIdentity.Of(problem), solver.Settings), () => Task.FromResult(solver.Solve(problem, cancellationToken)));

    /// <summary>Measures the assembled child beside the parent, or reads what was measured before.</summary>
    /// <returns>What was measured; null if the profiler cannot run models.</returns>
    public async Task<SpeedCheck?> CheckSpeedAsync(IReadOnlyList<BlockVariant> blocks, CostTable costs)
    {
        FusedFfns? fused = await Assembly.FusionOfAsync(blocks).ConfigureAwait(false);
        SpeedCheck? check = await observer.StageAsync(
            PuzzleStage.Assemble, () => MeasureAsync(blocks, fused, costs)).ConfigureAwait(false);
        if (check is not null)
            observer.Checked(check);
        return check;
    }

    private async Task<SpeedCheck?> MeasureAsync(IReadOnlyList<BlockVariant> blocks, FusedFfns? fused, CostTable costs)
    {
        Architecture architecture = ChildAssembly.ArchitectureOf(blocks, fused: null);
        (BlockCost predicted, BlockCost predictedParent) = (
            costs.Total(architecture), costs.Total(request.Parent.Model.Config.Architecture));
        Recipe recipe = SpeedCheckRecipe.Of(request, architecture, costs, ChildAssembly.ArchitectureOf(blocks, fused))
            .With("Profiler", roles.Profiler.Settings);
        var cache = new TimeCache(Path.Combine(request.WorkDirectory, Checks));
        (Recipe childRecipe, Recipe parentRecipe) = (recipe.With("Model", "child"), recipe.With("Model", "parent"));
        if (cache.Find(childRecipe) is not { } child || cache.Find(parentRecipe) is not { } parent)
        {
            using CausalLanguageModel model = Assembly.Assemble(blocks, fused);
            if (await roles.Profiler.MeasureAsync(
                [new("parent", request.Parent.Model), new("child", model)], request.Workload,
                Share(PuzzleStage.Assemble, "measuring it whole"), cancellationToken).ConfigureAwait(false) is not [var first, var second])
                return null;
            (parent, child) = (new(first.Name, first.Prefill, first.Decode), new(second.Name, second.Prefill, second.Decode));
            cache.Store(parentRecipe, parent);
            cache.Store(childRecipe, child);
        }
        return new SpeedCheck(
            architecture, predicted, predictedParent,
            new ModelThroughput(child.Name, request.Workload, child.Prefill, child.Decode),
            new ModelThroughput(parent.Name, request.Workload, parent.Prefill, parent.Decode));
    }

    /// <summary>Assembles, evaluates and saves a chosen architecture, and heals it first if asked to.</summary>
    public async Task<PuzzleCandidate> FinishAsync(
        string name, SearchResult result, IReadOnlyList<BlockVariant> blocks, CostTable costs, bool uptrain)
    {
        Architecture architecture = ChildAssembly.ArchitectureOf(blocks, fused: null);
        FusedFfns? fused = await Assembly.FusionOfAsync(blocks).ConfigureAwait(false);
        using CausalLanguageModel model = Assembly.Assemble(blocks, fused, uptrain ? ScalarType.Float32 : null);
        string identity = IdentityOf(model);
        ModelEvaluation assembled = await EvaluateAsync(model, name, identity).ConfigureAwait(false);
        ModelEvaluation? uptrained = null;
        GlobalDistillationResult? trained = null;
        if (uptrain)
        {
            string childFingerprint = ChildAssembly.IdentityOf(blocks, fused);
            string checkpoints = Path.Combine(request.WorkDirectory, Uptraining);
            Directory.CreateDirectory(checkpoints);
            trained = await observer.StageAsync(PuzzleStage.Uptrain, () => roles.Global.DistillAsync(
                new GlobalDistillationRequest(
                    request.Parent, request.TrainingText, new IdentifiedModel(model, childFingerprint), request.ScoringText,
                    Path.Combine(checkpoints, childFingerprint[..16] + ".safetensors")),
                Relay(PuzzleStage.Uptrain), cancellationToken)).ConfigureAwait(false);
            identity = IdentityOf(model);
            if (trained.Curve.Count > 0 || trained.Fit is { Ending: SequentialFitEnding.Fitted })
                uptrained = await EvaluateAsync(model, name, identity).ConfigureAwait(false);
        }
        string folder = new CandidateFolder(request.WorkDirectory)
            .Save(name, model, identity, request.Parent.Model.ElementType, request.TokenizerFolder, cancellationToken);
        return new PuzzleCandidate(name, result, architecture, blocks, costs.Total(architecture), folder, assembled, uptrained)
        {
            HealingCurve = trained?.Curve ?? [],
            Fit = trained?.Fit,
            Fusion = fused,
            VariantCurves = CurvesOf(blocks),
        };
    }

    /// <summary>Evaluates the parent, or reads how it did before.</summary>
    public Task<ModelEvaluation> EvaluateParentAsync() => EvaluateAsync(request.Parent.Model, "parent", request.Parent.Fingerprint);

    private async Task<ModelEvaluation> EvaluateAsync(CausalLanguageModel model, string name, string identity)
    {
        string key = Fingerprint.Of(
            EvaluationVersion, identity, request.Parent.Fingerprint, request.HeldOutText.Fingerprint,
            DeviceName.Of(model.Device), model.ElementType, request.Parent.Model.ElementType);
        ModelEvaluation quality = await observer.StageAsync(PuzzleStage.Evaluate, () => _records.GetAsync(
            "evaluation", key, RecordJson.Default.KeptModelEvaluation, () => DedicatedThread.Run(() => ModelEvaluator.Evaluate(
                model, request.Parent.Model, request.HeldOutText, progress: Share(PuzzleStage.Evaluate, name),
                cancellationToken: cancellationToken)))).ConfigureAwait(false);
        Share(PuzzleStage.Evaluate, name).Report(1);
        observer.Evaluated(name, quality);
        return quality;
    }

    private string IdentityOf(CausalLanguageModel model) => Fingerprint.Of(
        model.Config.Architecture,
        WeightsDigest.Of(
            model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value, StringComparer.Ordinal), cancellationToken));

    private static object[] Shape(Workload workload) =>
        [
            workload.BatchSize, workload.PromptTokens, workload.GeneratedTokens, workload.WeightType, workload.ActivationType,
            workload.KeyValueType
        ];

    // A search that ended without an answer or a proof that there is none may find one the next time.
    private Task<SearchResult> AnswerAsync(string key, Func<Task<SearchResult>> solve) =>
        observer.StageAsync(PuzzleStage.Assemble, async () =>
    {
        SearchResult answer = await _records.GetAsync(
            "answer", key, RecordJson.Default.KeptSearchResult, solve, result =>
                result.HasAnswer || result.Status == SearchStatus.Infeasible).ConfigureAwait(false);
        observer.Report(new PuzzleProgress(PuzzleStage.Assemble, 1, answer.Status.ToString()));
        observer.Searched(answer);
        return answer;
    });

    private async Task<SearchResult> RescoreAsync(SearchProblem problem, IReadOnlyList<IReadOnlyList<BlockVariant>> candidates)
    {
        var rescore = new ConditionalRescore(roles.Scorer, new ConditionalRescoreOptions { MaxRounds = options.ConditionalRounds });
        ConditionalSearchResult found = await rescore.SolveAsync(
            new ConditionalSearchRequest(request.Parent.Model, library, candidates, problem, objective, request.ScoringText), roles.Solver,
            cancellationToken).ConfigureAwait(false);
        observer.Report(new PuzzleProgress(PuzzleStage.Assemble, 1, $"{found.Ending} after {found.Rounds.Count} architectures"));
        return found.Best?.Result ?? found.First;
    }

    private Dictionary<string, IReadOnlyList<LossRecord>> CurvesOf(IReadOnlyList<BlockVariant> blocks)
    {
        var curves = new Dictionary<string, IReadOnlyList<LossRecord>>(StringComparer.Ordinal);
        foreach (SubblockVariant variant
            in blocks.SelectMany(block => (SubblockVariant[])[block.Attention, block.Ffn]).Where(variant => !variant.IsParent))
        {
            if (library.ReadCurve(variant) is { Count: > 0 } curve)
                curves[variant.Key.ToString()] = curve;
        }
        return curves;
    }

    private BlockwiseDistillationRequest Decoupled => new(request.Parent, request.TrainingText, request.SearchSpace, library);

    private RelayedProgress<double> Share(PuzzleStage stage, string? detail = null) =>
        new(share => observer.Report(new PuzzleProgress(stage, share, detail)));

    private RelayedProgress<TrainingProgress> Relay(PuzzleStage stage) => new(update => observer.Trained(stage, update));
}
