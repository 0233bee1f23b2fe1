using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation.Losses;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Sizing;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Global;

/// <summary>Fits global distillation into the memory that there is: where a worker's part of a step does not fit at once, in smaller
/// pieces.</summary>
internal static class GlobalFit
{
    /// <summary>Gives the closed forms.</summary>
    /// <param name="parent">The parent's shape.</param>
    /// <param name="child">The child's shape.</param>
    /// <param name="options">How it is distilled.</param>
    /// <param name="windowTokens">The tokens of the longest window.</param>
    /// <param name="compute">What passes compute in.</param>
    /// <param name="hasHeldOut">Whether there is held-out text.</param>
    public static GlobalMemory MemoryOf(
        ModelConfig parent, ModelConfig child, GlobalDistillationOptions options, int windowTokens, ScalarType compute,
        bool hasHeldOut = true) =>
        new(parent, child, windowTokens, ChunkedHead.RowsPerChunk(child.VocabularySize))
        {
            ComputeBytes = (int)TensorTypes.ElementBytes(compute),
            Recomputes = options.RecomputeActivations,
            ComparesLayers = options.CosineWeight > 0,
            ReadsHead = options.KlWeight > 0 || options.LanguageModelWeight > 0,
            KeepsBest = options.KeepBest && hasHeldOut,
        };

    /// <summary>Gives the windows that a worker computes at once.</summary>
    /// <param name="request">What is distilled.</param>
    /// <param name="options">How.</param>
    /// <param name="text">The windows of its steps.</param>
    /// <param name="workers">The workers of this process.</param>
    /// <param name="allWorkers">The workers of all processes.</param>
    /// <param name="compute">What passes compute in.</param>
    public static MicroBatch Begin(
        GlobalDistillationRequest request, GlobalDistillationOptions options, TextPlan text, int workers, int allWorkers,
        ScalarType compute)
    {
        (CausalLanguageModel parent, CausalLanguageModel child) = (request.Parent.Model, request.Child.Model);
        GlobalMemory memory = MemoryOf(
            parent.Config, child.Config, options, text.LongestWindow, compute, request.HeldOut is not null);
        // Parent and child are there already.
        long there = sizeof(float) * child.ParameterCount
            + (parent.IsStreamed ? 0 : TensorTypes.ElementBytes(parent.ElementType) * parent.ParameterCount);
        long room = parent.IsStreamed ? long.MaxValue : MemoryBudget.LimitBeside(parent, sizeof(float) * child.ParameterCount);
        int parentBytes = (int)TensorTypes.ElementBytes(parent.ElementType);
        return new MicroBatch(
            "A step of global distillation", Math.Min(options.MicroBatchSize ?? int.MaxValue, text.MostWindows(allWorkers)),
            windows => memory.Plan(windows, workers, parentBytes).TotalBytes - there, room);
    }
}
