using Puzzle.Architectures;

namespace Puzzle.Sizing;

/// <summary>What global distillation holds, parent and child included.</summary>
/// <param name="parent">The parent's shape.</param>
/// <param name="child">The child's shape.</param>
/// <param name="windowTokens">The tokens of a window.</param>
/// <param name="chunkRows">The tokens of a chunk of the head.</param>
internal sealed class GlobalMemory(ModelConfig parent, ModelConfig child, int windowTokens, long chunkRows)
{
    // Beside the graph: the normalized last states of child and parent with what made them, and the gradient.
    private const int HeadStreams = 7;

    // What the cosine of a layer makes.
    private const int CosineStreams = 4;

    /// <summary>Gets the bytes of a number in passes.</summary>
    public int ComputeBytes { get; init; } = sizeof(float);

    /// <summary>Gets a value indicating whether the child's layers run again in the backward pass.</summary>
    public bool Recomputes { get; init; }

    /// <summary>Gets a value indicating whether states of all layers are compared.</summary>
    public bool ComparesLayers { get; init; } = true;

    /// <summary>Gets a value indicating whether a loss is over the vocabulary.</summary>
    public bool ReadsHead { get; init; } = true;

    /// <summary>Gets a value indicating whether the best weights are kept beside the last.</summary>
    public bool KeepsBest { get; init; } = true;

    /// <summary>Gives the bytes of a worker's passes over so many windows at once.</summary>
    public long PassBytes(int windows)
    {
        var passes = new SubblockPasses(child, windows, windowTokens);
        long stream = (long)windows * windowTokens * child.HiddenSize, kept = stream, most = 0, backward = 0;
        foreach (BlockConfig block in child.Architecture)
        {
            PassNumbers attention = passes.Of(block.Attention, isTrained: true), ffn = passes.Of(block.Ffn, isTrained: true);
            long outputs = ((attention.Made > 0 ? 1 : 0) + (ffn.Made > 0 ? 1 : 0)) * stream;
            long own = attention.Kept + ffn.Kept + outputs;
            kept += Recomputes ? stream : own;
            most = Math.Max(most, own);
            backward = Math.Max(backward, Math.Max(attention.Backward, ffn.Backward));
        }
        long states = (ComparesLayers ? parent.Layers : 1) * stream;
        long layer = backward + (CosineStreams * stream) + (Recomputes ? most : 0);
        var head = new VocabularyPass(child.VocabularySize, Math.Min(chunkRows, (long)windows * windowTokens));
        long ofHead = ReadsHead ? head.LossBytes(child.HiddenSize) + (HeadStreams * stream * ComputeBytes) : 0;
        return checked(((kept + states) * ComputeBytes) + Math.Max(ofHead, layer * ComputeBytes));
    }

    /// <summary>Gives the stage's plan.</summary>
    /// <param name="windows">The windows that a worker computes at once.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="parentBytes">The bytes of a number of the parent.</param>
    public MemoryPlan Plan(int windows, int workers, int parentBytes)
    {
        long weights = ParameterCounter.Total(child), own = ParameterCounter.Total(parent);
        bool copies = ComputeBytes != sizeof(float);
        MemoryPart[] made =
        [
            new("child", weights * (sizeof(float) + (copies ? ComputeBytes : 0))),
            new("gradients", workers * weights * (sizeof(float) + (copies ? ComputeBytes : 0))),
            new("moments", 2 * weights * sizeof(float)),
            new("best weights", KeepsBest ? weights * sizeof(float) : 0),
            new("passes", workers * PassBytes(windows)),
        ];
        var there = new MemoryPart("parent", own * (parentBytes + (ComputeBytes == parentBytes ? 0 : ComputeBytes)));
        return new MemoryPlan(made.Prepend(there).Append(Heap.GapsOf(made)));
    }
}
