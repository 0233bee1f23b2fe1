using Puzzle.Foundation;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>What a run was given, input by input: tells which stages another run in the same folder makes anew.</summary>
/// <param name="Values">The input's name in plain words and its identity.</param>
internal sealed record RunInputs(SortedDictionary<string, string> Values)
{
    /// <summary>The name of the file in a run's folder.</summary>
    public const string FileName = "inputs.json";

    private const string Parent =
        "the parent", TrainingText = "the training text", ScoringText = "the scoring text", HeldOutText = "the held-out text";
    private const string Space = "the search space", Workload = "the workload", Target = "the target", Objective = "the objective";
    private const string Blockwise =
        "blockwise distillation", Global = "global distillation", Scorer = "the scorer", Profiler = "the profiler", Solver = "the solver";
    private const string TwoStage = "two-stage distillation", Rounds = "conditional rounds", Corrections = "speed corrections";
    private const string Finalists = "the finalists", Fused = "the fusion of FFNs";
    private const string Baselines = "the baselines", Routed = "the text that experts are counted on";

    // What a stage depends on besides the stages before it.
    private static readonly (PuzzleStage Stage, string[] Inputs)[] Dependencies =
    [
        (PuzzleStage.Craft, [Parent, TrainingText, Space, Blockwise]),
        (PuzzleStage.Profile, [Parent, Space, Workload, Profiler, Routed]),
        (PuzzleStage.Score, [Parent, TrainingText, Space, Blockwise, ScoringText, Scorer]),
        (PuzzleStage.Assemble, [
            Parent, TrainingText, Space, Blockwise, Workload, Profiler, ScoringText, Scorer, Target, Objective, Solver, TwoStage, Rounds,
            Corrections, Finalists, Fused
        ]),
        (PuzzleStage.Uptrain, [
            Parent, TrainingText, Space, Blockwise, Workload, Profiler, ScoringText, Scorer, Target, Objective, Solver, TwoStage, Rounds,
            Corrections, Finalists, Fused, Global
        ]),
        (PuzzleStage.Evaluate, [
            Parent, TrainingText, Space, Blockwise, Workload, Profiler, ScoringText, Scorer, Target, Objective, Solver, TwoStage, Rounds,
            Corrections, Finalists, Fused, Global, HeldOutText, Baselines
        ]),
    ];

    /// <summary>Describes a run.</summary>
    public static RunInputs Of(
        PuzzleRequest request, PipelineRoles roles, PuzzleOptions options, IReadOnlyList<SearchBaseline> baselines)
    {
        RunInputs inputs = Always(request, roles, options, baselines);
        if (PipelineRun.HasExperts(request))
            inputs.Values.Add(Routed, request.TrainingText.Fingerprint);
        if (options.FuseFfns)
            inputs.Values.Add(Fused, Fingerprint.Of(options.FusionThreshold, options.FusionMaxWidth));
        return inputs;
    }

    private static RunInputs Always(
        PuzzleRequest request, PipelineRoles roles, PuzzleOptions options,
        IReadOnlyList<SearchBaseline> baselines) => new(new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [Parent] = request.Parent.Fingerprint,
        [TrainingText] = request.TrainingText.Fingerprint,
        [ScoringText] = request.ScoringText.Fingerprint,
        [HeldOutText] = request.HeldOutText.Fingerprint,
        [Space] = Fingerprint.Of(Enumerable.Range(0, request.SearchSpace.Layers).SelectMany(layer =>
            (object[])[layer, .. request.SearchSpace.Attention(layer), .. request.SearchSpace.Ffn(layer)])),
        [Workload] = request.Workload.ToString(),
        [Target] = Identity(request.Target),
        [Objective] = options.Objective,
        [Blockwise] = roles.Blockwise.Settings,
        [Global] = roles.Global.Settings,
        [Scorer] = roles.Scorer.Settings,
        [Profiler] = roles.Profiler.Settings,
        [Solver] = roles.Solver.Settings,
        [TwoStage] = options.TwoStage.ToString(),
        [Rounds] = Fingerprint.Of(options.ConditionalRounds),
        [Corrections] = Fingerprint.Of(options.SpeedCorrections),
        // Trials are trained as the child is.
        [Finalists] = options.Finalists == 1 ? "none" : Fingerprint.Of(
            options.Finalists, options.FinalistShare, options.FinalistDistance, options.FinalistGap, roles.Global.Settings),
        [Baselines] = Fingerprint.Of(baselines.Select(baseline => baseline.Name).Append(options.UptrainBaselines.ToString())),
    });

    /// <summary>Reads what the last run in a folder was given; null if that is not known.</summary>
    public static RunInputs? Find(string folder) => SealedJson.Find(Path.Combine(folder, FileName), RecordJson.Default.RunInputs);

    /// <summary>Keeps it for the next run.</summary>
    public void Write(string folder) => SealedJson.Write(Path.Combine(folder, FileName), this, RecordJson.Default.RunInputs);

    /// <summary>Gives the stages that are made anew, and why.</summary>
    /// <param name="before">What the run before was given.</param>
    public IReadOnlyList<StageChange> Since(RunInputs? before)
    {
        if (before is null)
            return [];
        HashSet<string> changed = [.. Values.Keys.Union(before.Values.Keys)
            .Where(input => before.Values.GetValueOrDefault(input) != Values.GetValueOrDefault(input))];
        return [.. Dependencies
            .Select(stage => new StageChange(stage.Stage, [.. stage.Inputs.Where(changed.Contains)]))
            .Where(change => change.Inputs.Count > 0)];
    }

    private static object?[] Bound(CostBound? bound) => bound is null ? [null] : [bound.Minimum, bound.Maximum, bound.IsShareOfParent];

    private static string Identity(DeploymentTarget target) => Fingerprint.Of(
    [
        .. new[]
        {
            target.Memory, target.Throughput, target.GeneratedThroughput, target.Latency, target.TimeToFirstToken,
            target.TimePerOutputToken,
            target.Parameters, target.KeyValueMemory, target.AttentionLayers,
        }.SelectMany(Bound),
        .. target.Costs.OrderBy(cost => cost.Key.Value, StringComparer.Ordinal).SelectMany(cost => Bound(cost.Value).Prepend(cost.Key)),
    ]);
}
