using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search.Profiling;
using Puzzle.Search.Scoring;
using Puzzle.Sizing;
using static TorchSharp.torch;

namespace Puzzle.Planning;

/// <summary>What the stages of a run hold at their peaks, in one process.</summary>
/// <param name="model">The parent's shape.</param>
/// <param name="windowTokens">The tokens of a window.</param>
/// <param name="parentType">What the parent is kept in.</param>
/// <param name="unitType">What units compute in.</param>
/// <param name="childType">What global distillation computes in.</param>
internal sealed class RunMemory(ModelConfig model, int windowTokens, ScalarType parentType, ScalarType unitType, ScalarType childType)
{
    // Measured on Linux: the runtime with libtorch, before anything is loaded.
    private const long ProcessBytes = 160L << 20;

    private readonly int _parentBytes = (int)TensorTypes.ElementBytes(parentType);

    private long ParentBytes => ParameterCounter.Total(model) * _parentBytes;

    /// <summary>Plans blockwise distillation.</summary>
    /// <param name="units">The units.</param>
    /// <param name="options">How they are trained.</param>
    /// <param name="windows">The windows of the text.</param>
    public MemoryPlan Craft(IEnumerable<BlockUnit> units, BlockwiseDistillationOptions options, long windows)
    {
        var memory = new BlockwiseMemory(model, windowTokens, options.BatchSize, (int)TensorTypes.ElementBytes(unitType));
        long seen = Math.Max(options.Steps, options.CalibrationBatches) * (long)options.BatchSize + options.HeldOutWindows;
        int activation = options.ActivationType switch
        {
            ElementType.Float32 => sizeof(float),
            ElementType.BFloat16 => sizeof(float) / 2,
            _ => _parentBytes,
        };
        long most = options.MaxActivationBytes / memory.StreamBytes(1, activation);
        UnitHalves largest = BlockwiseFit.Largest(memory, model, units, options.BatchSize);
        return With(memory.Plan(
            largest, options.BatchSize, options.Workers, Math.Min(Math.Min(seen, windows) * windowTokens, most), activation));
    }

    /// <summary>Plans scores.</summary>
    /// <param name="options">How blocks are scored.</param>
    /// <param name="windows">The windows of the text.</param>
    public MemoryPlan Score(ScoringOptions options, long windows)
    {
        int all = (int)Math.Min(options.MaxWindows, windows);
        return With(Scoring.Plan(Math.Min(options.BatchSize, all), all, options.Workers, options.MaxParentLogProbabilityBytes));
    }

    /// <summary>Plans global distillation of a child as large as the parent.</summary>
    /// <param name="options">How.</param>
    public MemoryPlan Uptrain(GlobalDistillationOptions options)
    {
        int workers = Math.Min(options.Workers, options.BatchSize), share = (options.BatchSize + workers - 1) / workers;
        MemoryPlan plan = GlobalFit.MemoryOf(model, model, options, windowTokens, childType)
            .Plan(Math.Min(options.MicroBatchSize ?? int.MaxValue, share), workers, _parentBytes);
        return new MemoryPlan(plan.Parts.Prepend(Process));
    }

    /// <summary>Plans the evaluation of a child as large as the parent.</summary>
    /// <param name="workers">The windows side by side.</param>
    public MemoryPlan Evaluate(int workers) => With(Scoring.Evaluation(ParameterCounter.Total(model), workers));

    /// <summary>Plans profiling.</summary>
    /// <param name="options">How.</param>
    /// <param name="workload">What is timed.</param>
    public MemoryPlan Profile(ProfilingOptions options, Workload workload) => With(new MemoryPlan(
        new MemoryPart("stacks", options.MaximumStackBytes),
        new MemoryPart("KV cache", model.Architecture.Max(block => MemoryModel.Attention(model, block.Attention, workload).KeyValueBytes)),
        new MemoryPart("passes", ScoringMemory.ForwardBytes(model, workload.BatchSize, workload.PromptTokens))));

    /// <summary>Plans a child beside the parent.</summary>
    public MemoryPlan Child => With(new MemoryPlan(new MemoryPart("child", ParentBytes)));

    private ScoringMemory Scoring => new(model, windowTokens, TokenMetrics.RowsPerChunk(model.VocabularySize), _parentBytes);

    private static MemoryPart Process => new("process", ProcessBytes);

    private MemoryPlan With(MemoryPlan plan) => new(plan.Parts.Prepend(new MemoryPart("parent", ParentBytes)).Prepend(Process));
}
