using Puzzle.Distillation.Losses;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>How far a unit's block is from the parent's, over the batches of a layer of which the last ones are held out.</summary>
/// <param name="activations">The parent's streams around the layer.</param>
/// <param name="heldOutBatches">Batches at the end that are not trained on.</param>
/// <param name="loss">What is measured.</param>
internal sealed class UnitLoss(LayerActivations activations, int heldOutBatches, BlockwiseLoss loss)
{
    /// <summary>Gets the batches to train on.</summary>
    public int TrainingBatches => activations.Outputs.Count - heldOutBatches;

    /// <summary>Gets a value indicating whether there are held-out batches.</summary>
    public bool HasHeldOut => heldOutBatches > 0;

    /// <summary>Computes a batch's loss, a scalar of 32 bits.</summary>
    public Tensor Of(TrainedBlock block, int batch)
    {
        Tensor target = activations.Outputs[batch], output = block.Forward(activations, batch);
        return loss switch
        {
            BlockwiseLoss.PerToken => RelativeError.PerToken(target, output),
            BlockwiseLoss.PerSequence => RelativeError.PerSequence(target, output),
            _ => NormalizedMse.Of(target, output),
        };
    }

    /// <summary>Computes the mean loss of the held-out batches, without gradients.</summary>
    public double HeldOut(TrainedBlock block)
    {
        using var noGradients = no_grad();
        double sum = 0;
        for (int batch = TrainingBatches; batch < activations.Outputs.Count; batch++)
        {
            using var scope = NewDisposeScope();
            sum += Of(block, batch).item<float>();
        }
        return sum / heldOutBatches;
    }
}
