using Puzzle.Architectures;

namespace Puzzle.Sizing;

/// <summary>What scores, and evaluations of whole models, hold beside the parent.</summary>
/// <param name="model">The parent's shape.</param>
/// <param name="windowTokens">The tokens of a window.</param>
/// <param name="chunkRows">The tokens of a chunk of the head.</param>
/// <param name="elementBytes">The bytes of a number of the parent and its streams.</param>
internal sealed class ScoringMemory(ModelConfig model, int windowTokens, long chunkRows, int elementBytes = sizeof(float))
{
    // A layer's input and output, and that of the attention between them.
    private const int LayerStreams = 3;

    /// <summary>Gives what a worker takes for a candidate, gaps of the heap included.</summary>
    /// <param name="windows">The windows of a batch.</param>
    /// <param name="allWindows">All windows, whose stream after the candidate's attention is kept.</param>
    /// <param name="hasParent">Whether the parent's outputs are kept.</param>
    public long CandidateBytes(int windows, int allWindows, bool hasParent) =>
        Heap.WithGaps(HeldBytes(windows, allWindows, hasParent));

    /// <summary>Gives the stage's plan.</summary>
    /// <param name="windows">The windows of a batch.</param>
    /// <param name="allWindows">All windows.</param>
    /// <param name="workers">The candidates side by side.</param>
    /// <param name="maxLogProbabilityBytes">The most that the parent's log-probabilities may take.</param>
    public MemoryPlan Plan(int windows, int allWindows, int workers, long maxLogProbabilityBytes)
    {
        long all = checked((long)allWindows * windowTokens * model.VocabularySize * sizeof(float));
        bool hasParent = all <= maxLogProbabilityBytes;
        MemoryPart[] parts =
        [
            // At the layer that is reached, and after the last.
            new("streams", 2 * StreamBytes(allWindows)),
            new("parent's log-probabilities", hasParent ? all : 0),
            new("candidates", workers * HeldBytes(windows, allWindows, hasParent)),
        ];
        return new MemoryPlan(parts.Append(Heap.GapsOf(parts)));
    }

    /// <summary>Gives the plan of an evaluation of a child beside the parent.</summary>
    /// <param name="child">The child's parameters.</param>
    /// <param name="workers">The windows side by side.</param>
    public MemoryPlan Evaluation(long child, int workers)
    {
        MemoryPart[] parts =
            [new("child", child * elementBytes), new("passes", workers * PassBytes(windows: 1, hasParent: false))];
        return new MemoryPlan(parts.Append(Heap.GapsOf(parts)));
    }

    private long HeldBytes(int windows, int allWindows, bool hasParent) => checked(
        StreamBytes(allWindows) + (elementBytes * model.Architecture.Max(block => ParameterCounter.Block(model, block)))
            + PassBytes(windows, hasParent));

    /// <summary>Gives what a forward pass of any layer makes, in 32-bit floats, its input and output included.</summary>
    public static long ForwardBytes(ModelConfig model, int windows, int windowTokens)
    {
        var passes = new SubblockPasses(model, windows, windowTokens);
        return checked(sizeof(float) * (
            model.Architecture.Max(passes.Forward) + ((long)LayerStreams * windows * windowTokens * model.HiddenSize)));
    }

    private long StreamBytes(int windows) => checked((long)windows * windowTokens * model.HiddenSize * elementBytes);

    private long PassBytes(int windows, bool hasParent)
    {
        var passes = new SubblockPasses(model, windows, windowTokens);
        long forward = model.Architecture.Max(passes.Forward) * elementBytes;
        long metrics = new VocabularyPass(model.VocabularySize, Math.Min(windowTokens, chunkRows)).MetricBytes(hasParent);
        return checked((LayerStreams * StreamBytes(windows)) + Math.Max(forward, metrics));
    }
}
