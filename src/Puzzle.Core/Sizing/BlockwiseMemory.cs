using Puzzle.Architectures;

namespace Puzzle.Sizing;

/// <summary>What blockwise distillation holds beside the parent.</summary>
/// <param name="model">The parent's shape.</param>
/// <param name="windowTokens">The tokens of a window.</param>
/// <param name="batchWindows">The windows of a step.</param>
/// <param name="computeBytes">The bytes of a number in passes.</param>
internal sealed class BlockwiseMemory(ModelConfig model, int windowTokens, int batchWindows, int computeBytes = sizeof(float))
{
    // Before, within and after the layer.
    private const int Streams = 3;

    // The difference to the target, its square, the target's square.
    private const int LossMakes = 3;

    // 32-bit: the weight, the sum of its gradients, two moments, and the start it may go back to.
    private const int TrainingNumbers = 5;

    /// <summary>Gives the bytes of the three streams of some tokens.</summary>
    /// <param name="tokens">The tokens of training and held-out text.</param>
    /// <param name="activationBytes">The bytes of a number that is kept.</param>
    public long StreamBytes(long tokens, int activationBytes) => checked(Streams * tokens * model.HiddenSize * activationBytes);

    /// <summary>Gives the bytes of a unit's weights while it is trained.</summary>
    public long WeightBytes(UnitHalves unit) => checked(unit.Parameters * (
        (TrainingNumbers * sizeof(float)) + (computeBytes == sizeof(float) ? 0 : 2 * computeBytes)));

    /// <summary>Gives the bytes of a step's passes over so many windows at once.</summary>
    public long PassBytes(UnitHalves unit, int windows)
    {
        var passes = new SubblockPasses(model, windows, windowTokens);
        long stream = (long)windows * windowTokens * model.HiddenSize;
        PassNumbers attention = unit.MakesAttention ? passes.Of(unit.Block.Attention, isTrained: true, isFolded: true) : default;
        PassNumbers ffn = passes.Of(unit.Block.Ffn, unit.MakesFfn, isFolded: !unit.MakesAttention);
        // The stream between the halves, and the output; that of a whole batch's target where the batch is cut.
        long kept = attention.Kept + ffn.Kept + (unit.MakesAttention ? 2 : 1) * stream;
        long cut = windows < batchWindows ? (long)batchWindows * windowTokens * model.HiddenSize : 0;
        long peak = kept + Math.Max((LossMakes * stream) + Math.Max(attention.Backward, ffn.Backward), Math.Max(attention.Made, ffn.Made));
        return checked((peak * computeBytes) + (cut * sizeof(float)));
    }

    /// <summary>Gives what a worker takes for a unit, gaps of the heap included.</summary>
    public long UnitBytes(UnitHalves unit, int windows) => Heap.WithGaps(checked(WeightBytes(unit) + PassBytes(unit, windows)));

    /// <summary>Gives the stage's plan.</summary>
    /// <param name="unit">The largest unit.</param>
    /// <param name="windows">The windows of a piece.</param>
    /// <param name="workers">The units side by side.</param>
    /// <param name="tokens">The tokens whose streams are in memory.</param>
    /// <param name="activationBytes">The bytes of a number that is kept.</param>
    public MemoryPlan Plan(UnitHalves unit, int windows, int workers, long tokens, int activationBytes)
    {
        MemoryPart[] parts =
        [
            new("streams", StreamBytes(tokens, activationBytes)),
            new("units' weights, gradients and moments", workers * WeightBytes(unit)),
            new("passes", workers * PassBytes(unit, windows)),
        ];
        return new MemoryPlan(parts.Append(Heap.GapsOf(parts)));
    }
}
