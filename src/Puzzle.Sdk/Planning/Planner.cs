using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Pipeline;
using Puzzle.Search;
using Puzzle.Search.Profiling;
using Puzzle.Search.Scoring;
using Puzzle.Text;

namespace Puzzle.Planning;

/// <summary>Tells before a run what it will take and can reach. <c>AddPuzzleDefaults()</c> registers it.</summary>
/// <remarks>It does a little of every stage with the default implementations, on this machine, in a temporary folder. A role of your own is
/// planned as the default one.</remarks>
/// <param name="solver">Answers whether the target is attainable.</param>
/// <param name="blockwise">How variants will be trained.</param>
/// <param name="global">How the child will be healed.</param>
/// <param name="scoring">How blocks will be scored.</param>
/// <param name="profiling">How times will be measured.</param>
/// <param name="clock">Times the calibration; the system's if null.</param>
/// <param name="compute">Where everything computes, unless a request says; the CPU if null.</param>
/// <param name="pipeline">How many finalists are tried; the defaults if null.</param>
/// <param name="baselines">What the child will be compared with; nothing if null.</param>
public sealed class Planner(
    IArchitectureSolver solver, IOptions<BlockwiseDistillationOptions> blockwise, IOptions<GlobalDistillationOptions> global,
    IOptions<ScoringOptions> scoring, IOptions<ProfilingOptions> profiling, TimeProvider? clock = null,
    IOptions<ComputeOptions>? compute = null, IOptions<PuzzleOptions>? pipeline = null,
    IEnumerable<SearchBaseline>? baselines = null)
{
    // Parent, child before and after healing.
    private const int EvaluatedModels = 3;

    // As many as a trial compares on.
    private const int FinalistWindows = 64;

    // Windows that the calibration scores on: two batches of the default.
    private const int CalibrationWindows = 8;

    private readonly int _baselines = baselines?.Count() ?? 0;
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Plans a run.</summary>
    /// <param name="request">The run.</param>
    /// <param name="cancellationToken">Stops between the parts of the calibration.</param>
    /// <returns>The plan; a target that cannot be met is a result too.</returns>
    public async Task<RunPlan> PlanAsync(CompressionRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ComputeDevice device = Compressor.DeviceOf(request, compute?.Value, profiling.Value, logger: null);
        TorchRuntime.Initialize();
        using CheckpointFolder checkpoint = CheckpointFolder.Open(request.Parent);
        using CausalLanguageModel parent = CausalLanguageModel.Load(checkpoint, device.ParentType, device.Torch, cancellationToken);
        parent.MaxMemoryBytes = compute?.Value.MaxMemoryBytes;
        CorpusParts parts = CorpusParts.Read(
            request.Text, Tokenizer.Load(request.Parent), Math.Min(request.SequenceLength, parent.Config.MaxPositions), cancellationToken);
        using var scratch = new ScratchFolder("plan");
        var calibration = new Calibration(parent, parts.Training, scratch.Path, _clock);
        return await PlanAsync(
            request, parent, parts, calibration, Path.Combine(scratch.Path, "library"), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Estimates a run from the parent's config alone: neither weights nor text need to be there. Text counts as enough for every
    /// step.</summary>
    /// <param name="request">The run; its parent is a folder, or the <c>config.json</c> itself.</param>
    /// <param name="operationsPerSecond">Floating-point operations that a process achieves in a second.</param>
    /// <returns>What blockwise distillation, scores and global distillation take, for processes of one worker.</returns>
    /// <exception cref="CheckpointFormatException">The config is absent or not understood.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not positive.</exception>
    public RunEstimate Estimate(CompressionRequest request, double operationsPerSecond)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!(operationsPerSecond > 0 && double.IsFinite(operationsPerSecond)))
            throw new ArgumentOutOfRangeException(nameof(operationsPerSecond), operationsPerSecond, "A rate is positive.");
        ModelConfig model = CheckpointFolder.ReadConfig(request.Parent);
        var estimate = new ConfigEstimate(
            model, request.SpaceFor(model), Math.Min(request.SequenceLength, model.MaxPositions), blockwise.Value, global.Value,
            scoring.Value);
        return new RunEstimate(estimate.Stages(operationsPerSecond), operationsPerSecond);
    }

    private async Task<RunPlan> PlanAsync(
        CompressionRequest request, CausalLanguageModel parent, CorpusParts parts, Calibration calibration, string folder,
        CancellationToken cancellationToken)
    {
        ModelConfig model = parent.Config;
        SearchSpace space = request.SpaceFor(model);
        Workload workload = request.WorkloadFor(model);
        using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder, "plan");
        var whole = new BlockwiseDistillationRequest(new(parent, "plan"), parts.Training, space, library);
        RunWork work = WorkOf(whole, blockwise.Value);
        RunMemory memory = MemoryOf(parent, parts.Training.SequenceLength);
        var units = new UnitPlan(whole, blockwise.Value);
        long weights = ParameterCounter.Total(model) * sizeof(float);

        (double perOperation, double perUnit) = await calibration.CraftAsync(
            blockwise.Value, (options, sample) =>
                WorkOf(sample, options).Craft(sample.Layers).Operations, cancellationToken).ConfigureAwait(false);
        var craft = work.Craft(..);
        double crafting = (craft.Operations * perOperation) + ((craft.Trained + craft.Initialized) * perUnit);

        var score = work.Score(space);
        double scored = await calibration.ScoreAsync(
            scoring.Value, parts.Scoring, CalibrationWindows, cancellationToken).ConfigureAwait(false);
        double sampled = SampledScoreOperations(model, calibration.SampledSpace, parts.Scoring);
        var uptrain = work.Uptrain();
        double step = await calibration.UptrainAsync(global.Value, cancellationToken).ConfigureAwait(false);
        double fit = work.Fit(), perPass = global.Value.Steps == 0 ? 0 : step * global.Value.Steps / uptrain.Operations;
        PuzzleOptions run = pipeline?.Value ?? new PuzzleOptions();
        (long trialSteps, long trialEvaluations) = work.Try(run);
        int healed = run.UptrainBaselines ? 1 + _baselines : 1;
        (CostTable measured, double profiled) = await calibration.ProfileAsync(
            profiling.Value, workload, cancellationToken).ConfigureAwait(false);
        var profilingRequest = new ProfilingRequest(model, space.AllAttention, space.AllFfn, workload);
        CostTable costs = InterpolatedCosts.Of(profilingRequest, measured);
        var evaluate = work.Evaluate(EvaluatedModels + (run.UptrainBaselines ? 2 : 1) * _baselines, parts.HeldOut.Count);
        var trials = work.Evaluate((int)trialEvaluations, Math.Min(FinalistWindows, parts.Scoring.Count));
        int timed = costs.Attention.Count + costs.Ffn.Count + 1;
        (PlannedArchitecture cheapest, PlannedArchitecture? best, string? infeasibility) = new Reach(solver, model, costs)
            .Of(space, request.Target, cancellationToken);
        PlannedStage[] stages =
        [
            new(
                PuzzleStage.Craft, craft.Trained + craft.Initialized, "variants", craft.Tokens, craft.Operations,
                craft.StoredWeights * sizeof(float), memory.Craft(
                    Enumerable.Range(0, model.Layers).SelectMany(layer => units.Of(layer)), blockwise.Value, parts.Training.Count),
                TimeSpan.FromSeconds(crafting)),
            new(
                PuzzleStage.Profile, timed, "subblocks", 0, 0, 0, memory.Profile(profiling.Value, workload),
                TimeSpan.FromSeconds(profiled * timed / (measured.Attention.Count + measured.Ffn.Count + 1))),
            new(
                PuzzleStage.Score, score.Blocks, "blocks", score.Tokens, score.Operations, 0,
                memory.Score(scoring.Value, parts.Scoring.Count),
                TimeSpan.FromSeconds(scored * score.Operations / sampled)),
            new(
                PuzzleStage.Assemble, 1 + trialEvaluations, trialEvaluations == 0 ? "search" : "searches and trials",
                trials.Tokens + (uptrain.Tokens * trialSteps / Math.Max(1, uptrain.Steps)),
                trials.Operations + (uptrain.Operations * trialSteps / Math.Max(1, uptrain.Steps)), weights,
                trialEvaluations == 0 ? memory.Child : memory.Uptrain(global.Value),
                TimeSpan.FromSeconds(profiled + (step * trialSteps) + (scored * trials.Operations / sampled))),
            new(
                PuzzleStage.Uptrain, healed * uptrain.Steps, "steps", healed * uptrain.Tokens, healed * (uptrain.Operations + fit),
                4 * healed * weights,
                memory.Uptrain(global.Value), TimeSpan.FromSeconds(healed * ((step * uptrain.Steps) + (perPass * fit)))),
            new(
                PuzzleStage.Evaluate, evaluate.Models, "models", evaluate.Tokens, evaluate.Operations, 2 * weights,
                memory.Evaluate(TorchWorkers.On(parent.Device, TorchWorkers.Default)),
                TimeSpan.FromSeconds(scored * evaluate.Operations / sampled)),
        ];
        return new RunPlan
        {
            Stages = stages,
            ParentCosts = ParentCosts(costs, model.Architecture),
            IsAttainable = best is not null,
            Infeasibility = infeasibility,
            Cheapest = cheapest,
            Best = best,
        };

        RunWork WorkOf(BlockwiseDistillationRequest one, BlockwiseDistillationOptions options) =>
            new(
                model, new UnitPlan(one, options), parts.Training.Count, parts.Scoring.Count, parts.Training.SequenceLength, options,
                global.Value, scoring.Value);
    }

    private RunMemory MemoryOf(CausalLanguageModel parent, int windowTokens) => new(
        parent.Config, windowTokens, parent.ElementType, ComputePrecision.ForUnits(blockwise.Value.Precision, parent),
        ComputePrecision.Resolve(global.Value.Precision, parent));

    // What the calibration scored: the parent, and the blocks of its space in the first layer.
    private double SampledScoreOperations(ModelConfig model, SearchSpace sample, PackedTokenDataset data)
    {
        long tokens = (long)Math.Min(CalibrationWindows, Math.Min(scoring.Value.MaxWindows, data.Count)) * data.SequenceLength;
        long head = (long)model.HiddenSize * model.VocabularySize;
        long rest = model.Architecture.Skip(1).Sum(block => ParameterCounter.Block(model, block)) + head;
        double passes = model.Architecture.Sum(block => ParameterCounter.Block(model, block)) + head;
        return 2.0 * tokens * (passes + sample.Blocks(0).Sum(block => rest + ParameterCounter.Block(model, block)));
    }

    private static IReadOnlyList<PlannedCost> ParentCosts(CostTable costs, Architecture parent)
    {
        return
        [
            Part("attention", parent.Aggregate(BlockCost.Zero, (sum, block) => sum.Add(costs.Attention[block.Attention]))),
            Part("FFN", parent.Aggregate(BlockCost.Zero, (sum, block) => sum.Add(costs.Ffn[block.Ffn]))),
            Part("embedding, final norm and head", costs.NonBlock),
        ];

        PlannedCost Part(string name, BlockCost cost) =>
            new(name, cost.RuntimeMilliseconds(costs.Workload), cost.WeightBytes, cost.KeyValueBytes);
    }
}
