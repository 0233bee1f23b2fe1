using Puzzle.Distillation.Losses;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>
/// Trains one unit: parent activations in, the parent block's output as target. Depends on nothing but its inputs, so units
/// can run in any order or process.
/// </summary>
internal static class UnitTraining
{
    /// <summary>Trains in place; the first <c>batches - heldOut</c> batches are for training, the rest for the held-out loss.</summary>
    /// <param name="unit">What is trained, for messages.</param>
    /// <param name="block">The block to train.</param>
    /// <param name="activations">The parent's activations at the unit's layer.</param>
    /// <param name="heldOutBatches">Batches at the end that are not trained on.</param>
    /// <param name="options">Steps, learning rate and so on.</param>
    /// <param name="cancellationToken">Stops between steps; the unit's work is lost.</param>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not finite.</exception>
    public static IReadOnlyList<LossRecord> Train(
        BlockUnit unit, TrainedBlock block, LayerActivations activations, int heldOutBatches, BlockwiseDistillationOptions options, CancellationToken cancellationToken)
    {
        int trainingBatches = activations.Outputs.Count - heldOutBatches;
        Tensor[] parameters = [.. block.Parameters];
        using var gradients = new FlatGradients(parameters);
        using AdamW optimizer = AdamW.Create(parameters, new AdamWOptions(WeightDecay: options.WeightDecay));
        var schedule = new UnitSchedule(options);
        var curve = new List<LossRecord>(options.Steps);
        for (int step = 0; step < schedule.End; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            gradients.Clear();
            Tensor loss = Loss(step % trainingBatches);
            loss.backward();
            double value = loss.item<float>(), norm = gradients.Norm();
            if (!double.IsFinite(value) || !double.IsFinite(norm))
                throw Diverged(step, value);
            optimizer.Step(gradients, schedule.At(step), norm > options.MaxGradientNorm ? options.MaxGradientNorm / norm : 1);

            bool last = step == schedule.End - 1;
            double? heldOut = heldOutBatches > 0 && (last || schedule.IsCheck(step)) ? HeldOut() : null;
            if (heldOut is { } measured)
            {
                if (!double.IsFinite(measured))
                    throw Diverged(step, measured);
                if (!last)
                    schedule.Check(step, measured);
            }
            curve.Add(new LossRecord(step, value, heldOut));
        }
        return curve;

        Tensor Loss(int batch)
        {
            Tensor target = activations.Outputs[batch], output = block.Forward(activations, batch);
            return options.Loss switch
            {
                BlockwiseLoss.PerToken => RelativeError.PerToken(target, output),
                BlockwiseLoss.PerSequence => RelativeError.PerSequence(target, output),
                _ => NormalizedMse.Of(target, output),
            };
        }

        double HeldOut()
        {
            using var noGradients = no_grad();
            double sum = 0;
            for (int batch = trainingBatches; batch < activations.Outputs.Count; batch++)
            {
                using var scope = NewDisposeScope();
                sum += Loss(batch).item<float>();
            }
            return sum / heldOutBatches;
        }

        TrainingDivergedException Diverged(int step, double loss) => new($"Blockwise distillation of {unit}", step, loss);
    }
}
