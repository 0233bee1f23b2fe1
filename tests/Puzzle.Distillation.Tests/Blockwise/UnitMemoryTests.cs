using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Tests.Blockwise;

/// <summary>Units that run out of memory go on in smaller pieces of a batch.</summary>
public sealed class UnitMemoryTests
{
    private const int Batch = 4, Steps = 5;

    [Theory]
    [InlineData(BlockwiseLoss.Batch, false)]
    [InlineData(BlockwiseLoss.PerSequence, false)]
    [InlineData(BlockwiseLoss.PerToken, false)]
    [InlineData(BlockwiseLoss.Batch, true)]
    public void Advance_Pieces_EqualTheWholeBatchUpToRounding(BlockwiseLoss loss, bool nested)
    {
        (IReadOnlyList<LossRecord> whole, byte[] _) = Train(Batch, piece: null, loss, nested: nested);
        foreach (int windows in new[] { 1, 3 })
        {
            (IReadOnlyList<LossRecord> pieces, byte[] _) = Train(windows, piece: null, loss, nested: nested);
            Assert.All(whole.Zip(pieces), pair => Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-4 * pair.First.Loss));
            Assert.Equal(whole[^1].HeldOutLoss!.Value, pieces[^1].HeldOutLoss!.Value, 1e-4 * whole[^1].HeldOutLoss!.Value);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Advance_SecondPieceFails_CountsTheFirstOnce(ScalarType compute)
    {
        int pieces = 0;
        (IReadOnlyList<LossRecord> curve, byte[] weights) = Train(2, _ =>
        {
            if (++pieces == 2)
                FailedAllocation.Ask();
        }, compute: compute);
        (IReadOnlyList<LossRecord> expected, byte[] small) = Train(1, piece: null, compute: compute);

        Assert.Equal(2 + (Steps * Batch) + Batch, pieces);
        Assert.Equal(expected, curve);
        Assert.Equal(small, weights);
    }

    [Fact]
    public void Advance_FailsTwice_GivesTheBitsOfTheSmallestPieces()
    {
        (IReadOnlyList<LossRecord> curve, byte[] weights) = Train(Batch, windows =>
        {
            if (windows > 1)
                FailedAllocation.Ask();
        });
        (IReadOnlyList<LossRecord> expected, byte[] small) = Train(1, piece: null);

        Assert.Equal(expected, curve);
        Assert.Equal(small, weights);
    }

    [Fact]
    public async Task DistillAsync_MemoryForOneWindow_MakesTheSameVariantsUpToRounding()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary ample = new(), scarce = new();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(6);
        BlockwiseDistillationResult expected = await options.DistilAsync(BlockwiseCases.Request(parent, ample));
        BlockwiseDistillationResult result;
        using (MicroBatch.Watch(windows =>
        {
            if (windows > 1)
                FailedAllocation.Ask();
        }))
        {
            result = await options.DistilAsync(BlockwiseCases.Request(parent, scarce));
        }

        Assert.Equal(
            expected.Variants.Select(variant => (variant.Key, variant.Recipe)),
            result.Variants.Select(variant => (variant.Key, variant.Recipe)));
        foreach ((SubblockVariant first, SubblockVariant second) in expected.Variants.Zip(result.Variants).Where(
            pair => !pair.First.IsParent && ample.ReadCurve(pair.First).Count > 0))
            Assert.Equal(ample.HeldOutLoss(first), scarce.HeldOutLoss(second), 0.01 * ample.HeldOutLoss(first));
    }

    [Fact]
    public async Task DistillAsync_NotEvenOneWindow_SaysWhatIsNeeded()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        using (MicroBatch.Watch(_ => FailedAllocation.Ask()))
        {
            var given = await Assert.ThrowsAsync<InsufficientMemoryException>(
                () => BlockwiseCases.Options(2).DistilAsync(BlockwiseCases.Request(parent, library)));
            Assert.StartsWith("A step of a unit of blockwise distillation does not fit", given.Message, StringComparison.Ordinal);
        }
    }

    // One unit of the first layer, trained on activations that are computed whole.
    private static (IReadOnlyList<LossRecord> Curve, byte[] Weights) Train(
        int windows, Action<int>? piece, BlockwiseLoss loss = BlockwiseLoss.Batch, ScalarType compute = ScalarType.Float32,
        bool nested = false)
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(Steps);
        (options.BatchSize, options.Loss, options.Initialization, options.NestedWidths) = (Batch, loss, Initialization.Paper, nested);
        BlockwiseDistillationRequest request = BlockwiseCases.Request(parent, library);
        if (nested)
            request = request with
            {
                SearchSpace = SearchSpace.Uniform(parent.Config.Architecture, [], [new GatedFfnConfig(24), new GatedFfnConfig(8)]),
            };
        BlockUnit unit = new UnitPlan(request, options).Of(0).First(unit => nested ? unit.IsNested : unit.Attention is not null);
        var text = new TextPass(0, 2, 2, 1);
        using var activations = new LayerActivations(
            parent, [.. text.Batches.Select(batch => TokenBatch.OfStep(request.Data, batch, Batch, CPU))], ScalarType.Float32, 1,
            Of(Batch));
        activations.Enter(parent.Blocks[0]);
        using Tensor contribution = ones(48);
        using TrainedBlock block = TrainedBlock.Create(
            unit, parent, parent.Blocks[0], contribution, null, library, null, CancellationToken.None);
        using var training = new UnitTraining(unit, block, options, parent.Config, compute);

        using (MicroBatch.Watch(count => piece?.Invoke(count)))
            training.Advance(new UnitLoss(activations, text, loss, Of(windows)), CancellationToken.None);

        return (training.Curve, [.. block.Parameters.SelectMany(weight => weight.bytes.ToArray())]);

        static MicroBatch Of(int size) => new("a unit", size, _ => 0);
    }
}
