using Puzzle.Distillation.Losses;
using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>How far a unit's block is from the parent's, over the batches of a layer that are at hand, of which the last ones are held
/// out.</summary>
/// <param name="activations">The parent's streams around the layer.</param>
/// <param name="text">Which batches these are.</param>
/// <param name="loss">What is measured.</param>
/// <param name="microBatch">The windows of a batch that are computed at once.</param>
internal sealed class UnitLoss(LayerActivations activations, TextPass text, BlockwiseLoss loss, MicroBatch microBatch)
{
    /// <summary>Gets the windows of a batch that are computed at once.</summary>
    public MicroBatch MicroBatch => microBatch;

    /// <summary>Gets where losses are computed.</summary>
    public Device Device => activations.Device;

    /// <summary>Gets the batches to train on, at hand or not.</summary>
    public int TrainingBatches => text.TrainingBatches;

    /// <summary>Gets a value indicating whether there are held-out batches.</summary>
    public bool HasHeldOut => text.HeldOutBatches > 0;

    /// <summary>Says whether a training batch is at hand.</summary>
    public bool Holds(int batch) => batch >= text.First && batch < text.First + text.Count;

    /// <summary>Computes the loss of a training batch at hand, piece by piece.</summary>
    /// <param name="block">The block.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="share">Given each piece's share of the loss, a scalar of 32 bits; the shares of all pieces add up to it.</param>
    public void Of(TrainedBlock block, int batch, Action<Tensor> share) => At(block, batch - text.First, share);

    /// <summary>Computes the mean loss of the held-out batches, without gradients, of each width that a block nests, or of the
    /// block.</summary>
    public double[] HeldOut(TrainedBlock block) => [.. Enumerable.Range(0, block.Widths).Select(place => HeldOut(block, place))];

    /// <summary>Computes the mean loss of the held-out batches, without gradients, of one of the widths that a block nests.</summary>
    public double HeldOut(TrainedBlock block, int place)
    {
        block.Place = place;
        return microBatch.Run(() =>
        {
            using var noGradients = no_grad();
            using var sum = new DeviceSum(activations.Device);
            for (int batch = 0; batch < text.HeldOutBatches; batch++)
                At(block, text.Count + batch, sum.Add);
            return HostRead.Scalars("held-out loss", sum.Value)[0] / text.HeldOutBatches;
        });
    }

    private void At(TrainedBlock block, int batch, Action<Tensor> share)
    {
        foreach ((int start, int count) in microBatch.Pieces(0, activations.Windows))
        {
            using var scope = NewDisposeScope();
            Tensor whole = activations.Outputs[batch], output = block.Forward(activations, batch, start, count);
            share(count == activations.Windows ? Whole(whole, output) : ShareOf(whole, whole.narrow(0, start, count), output));
        }
    }

    private Tensor Whole(Tensor target, Tensor output) => loss switch
    {
        BlockwiseLoss.PerToken => RelativeError.PerToken(target, output),
        BlockwiseLoss.PerSequence => RelativeError.PerSequence(target, output),
        _ => NormalizedMse.Of(target, output),
    };

    // Means over tokens or windows count by their number.
    private Tensor ShareOf(Tensor whole, Tensor part, Tensor output)
    {
        if (loss == BlockwiseLoss.Batch)
            return NormalizedMse.ShareOf(whole, part, output);
        using Scalar share = ((double)part.size(0) / whole.size(0)).ToScalar();
        return Whole(part, output).mul(share);
    }
}
