using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Tests.Training;
using Puzzle.Text;

namespace Puzzle.Tests.Global;

/// <summary>Steps that run out of memory go on in smaller pieces.</summary>
public sealed class GlobalMemoryTests
{
    private static readonly PackedTokenDataset Text = TinyModel.Windows(12), HeldOut = TinyModel.Windows(3, seed: 9);

    [Fact]
    public async Task DistillAsync_LimitForOneWindow_GivesTheBitsOfOneAtATime()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), scarce = GlobalDistillerTests.Child(), small = GlobalDistillerTests.Child();
        GlobalDistillationResult expected = await Distil(parent, small, microBatch: 1, TrainingPrecision.Float32);
        parent.MaxMemoryBytes = 1;
        GlobalDistillationResult result = await Distil(parent, scarce, microBatch: null, TrainingPrecision.Float32);

        Assert.Equal(expected.Curve, result.Curve);
        ModelWeights.Equal(small, scarce);
    }

    [Theory]
    [InlineData(null, 1, 1, TrainingPrecision.Float32)]
    [InlineData(null, 2, 2, TrainingPrecision.Float32)]
    [InlineData(2, 1, 1, TrainingPrecision.BFloat16)]
    public async Task DistillAsync_MemoryForFewWindows_GivesTheBitsOfTheSmallerPieces(
        int? microBatch, int fits, int same, TrainingPrecision precision)
    {
        using CausalLanguageModel parent = TinyModel.Loud(), scarce = GlobalDistillerTests.Child(), small = GlobalDistillerTests.Child();
        int failures = 0;

        GlobalDistillationResult result;
        using (MicroBatch.Watch(windows =>
        {
            if (windows <= fits)
                return;
            Interlocked.Increment(ref failures);
            FailedAllocation.Ask();
        }))
        {
            result = await Distil(parent, scarce, microBatch, precision);
        }
        GlobalDistillationResult expected = await Distil(parent, small, same, precision);

        Assert.InRange(failures, 1, 4);
        Assert.Equal(expected.Curve, result.Curve);
        ModelWeights.Equal(small, scarce);
    }

    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    public async Task DistillAsync_SecondPieceFails_CountsTheFirstOnce(TrainingPrecision precision)
    {
        using CausalLanguageModel parent = TinyModel.Loud(), scarce = GlobalDistillerTests.Child(), small = GlobalDistillerTests.Child();
        int pieces = 0;

        GlobalDistillationResult result;
        // One worker takes two pieces of two windows; the first has added its gradients when the second fails.
        using (MicroBatch.Watch(_ =>
        {
            if (++pieces == 2)
                FailedAllocation.Ask();
        }))
        {
            result = await Distil(parent, scarce, 2, precision, workers: 1);
        }
        GlobalDistillationResult expected = await Distil(parent, small, 1, precision, workers: 1);

        Assert.Equal(2 + (10 * 4), pieces);
        Assert.Equal(expected.Curve, result.Curve);
        ModelWeights.Equal(small, scarce);
    }

    [Fact]
    public async Task DistillAsync_NotEvenOneWindow_SaysWhatIsNeededAndLeavesTheChild()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = GlobalDistillerTests.Child(), before = GlobalDistillerTests.Child();
        using (MicroBatch.Watch(_ => FailedAllocation.Ask()))
        {
            var given = await Assert.ThrowsAsync<InsufficientMemoryException>(
                () => Distil(parent, child, null, TrainingPrecision.Float32));
            Assert.StartsWith("A step of global distillation does not fit into memory", given.Message, StringComparison.Ordinal);
        }

        ModelWeights.Equal(before, child);
    }

    private static Task<GlobalDistillationResult> Distil(
        CausalLanguageModel parent, CausalLanguageModel child, int? microBatch, TrainingPrecision precision, int workers = 2) =>
        new GlobalDistiller(new GlobalDistillationOptions
        {
            Steps = 10,
            BatchSize = workers == 1 ? 4 : 8,
            MicroBatchSize = microBatch,
            Workers = workers,
            Precision = precision,
            LearningRate = 2e-3,
            LanguageModelWeight = 0.5,
        }).DistillAsync(new GlobalDistillationRequest(new(parent, "parent"), Text, new(child, "child"), HeldOut));
}
