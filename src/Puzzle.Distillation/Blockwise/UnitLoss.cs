using Puzzle.Distillation.Losses;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>How far a unit's block is from the parent's, over the batches of a layer that are at hand, of which the last ones are held
/// out.</summary>
/// <param name="activations">The parent's streams around the layer.</param>
/// <param name="text">Which batches these are.</param>
/// <param name="loss">What is measured.</param>
internal sealed class UnitLoss(LayerActivations activations, TextPass text, BlockwiseLoss loss)
{
    /// <summary>Gets the batches to train on, at hand or not.</summary>
    public int TrainingBatches => text.TrainingBatches;

    /// <summary>Gets a value indicating whether there are held-out batches.</summary>
    public bool HasHeldOut => text.HeldOutBatches > 0;

    /// <summary>Says whether a training batch is at hand.</summary>
    public bool Holds(int batch) => batch >= text.First && batch < text.First + text.Count;

    /// <summary>Computes the loss of a training batch at hand, a scalar of 32 bits.</summary>
    public Tensor Of(TrainedBlock block, int batch) => At(block, batch - text.First);

    /// <summary>Computes the mean loss of the held-out batches, without gradients, of each width that a block nests, or of the
    /// block.</summary>
    public double[] HeldOut(TrainedBlock block) => [.. Enumerable.Range(0, block.Widths).Select(place => HeldOut(block, place))];

    /// <summary>Computes the mean loss of the held-out batches, without gradients, of one of the widths that a block nests.</summary>
    public double HeldOut(TrainedBlock block, int place)
    {
        block.Place = place;
        using var noGradients = no_grad();
        using var sum = new DeviceSum(activations.Device);
        for (int batch = 0; batch < text.HeldOutBatches; batch++)
        {
            using var scope = NewDisposeScope();
            sum.Add(At(block, text.Count + batch));
        }
        return HostRead.Scalars("held-out loss", sum.Value)[0] / text.HeldOutBatches;
    }

    private Tensor At(TrainedBlock block, int batch)
    {
        Tensor target = activations.Outputs[batch], output = block.Forward(activations, batch);
        return loss switch
        {
            BlockwiseLoss.PerToken => RelativeError.PerToken(target, output),
            BlockwiseLoss.PerSequence => RelativeError.PerSequence(target, output),
            _ => NormalizedMse.Of(target, output),
        };
    }
}
