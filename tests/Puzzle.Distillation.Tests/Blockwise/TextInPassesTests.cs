using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Models;

namespace Puzzle.Tests.Blockwise;

public sealed class TextInPassesTests
{
    // Three streams of a batch of two windows at hidden size 32, in 32-bit floats.
    private static readonly long BatchBytes = 3L * 2 * BlockwiseCases.Text.SequenceLength * 32 * sizeof(float);

    [Theory]
    [InlineData(7, Initialization.Paper, false)]
    [InlineData(23, Initialization.ClosedForm, false)]
    [InlineData(40, Initialization.Paper, true)]
    public async Task DistillAsync_TextInPasses_GivesTheBitsOfOnePass(int steps, Initialization initialization, bool stopWhenFlat)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary whole = new(), parts = new();
        BlockwiseDistillationOptions Options(long bytes)
        {
            BlockwiseDistillationOptions options = BlockwiseCases.Options(steps);
            (options.Initialization, options.MaxActivationBytes) = (initialization, bytes);
            (options.StopWhenFlat, options.CheckEvery, options.Patience) = (stopWhenFlat, 3, 1);
            return options;
        }

        BlockwiseDistillationResult expected = await Options(long.MaxValue).DistilAsync(BlockwiseCases.Request(parent, whole));
        // Of ten batches to train on three fit beside the two held-out ones; 23 steps go over them more than twice.
        BlockwiseDistillationResult result = await Options((5 * BatchBytes) + 1).DistilAsync(BlockwiseCases.Request(parent, parts));

        Assert.Equal(expected.Variants, result.Variants);
        Assert.Equal(expected.StepsTaken, result.StepsTaken);
        Assert.All(whole.Variants, variant => Assert.Equal(whole.ReadCurve(variant), parts.ReadCurve(variant)));
    }

    [Fact]
    public async Task DistillAsync_CanceledInPasses_LeavesWholeUnitsOnly()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary whole = new(), part = new();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(7);
        options.MaxActivationBytes = 1;
        BlockwiseDistillationResult expected = await options.DistilAsync(BlockwiseCases.Request(parent, whole));

        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new BlockwiseDistiller(options).DistillAsync(
            BlockwiseCases.Request(parent, part), new Training.CancelAt(8, cancellation), cancellation.Token));
        BlockwiseDistillationResult result = await options.DistilAsync(BlockwiseCases.Request(parent, part));

        Assert.Equal(expected.Variants, result.Variants);
    }
}
