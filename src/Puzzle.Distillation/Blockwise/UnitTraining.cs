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
    /// <summary>Trains in place.</summary>
    /// <param name="unit">What is trained, for messages.</param>
    /// <param name="block">The block to train.</param>
    /// <param name="loss">What is made small, on which text.</param>
    /// <param name="options">Steps, learning rate and so on.</param>
    /// <param name="cancellationToken">Stops between steps; the unit's work is lost.</param>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not finite.</exception>
    public static IReadOnlyList<LossRecord> Train(
        BlockUnit unit, TrainedBlock block, UnitLoss loss, BlockwiseDistillationOptions options, CancellationToken cancellationToken)
    {
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
            Tensor error = loss.Of(block, step % loss.TrainingBatches);
            error.backward();
            double value = error.item<float>(), norm = gradients.Norm();
            if (!double.IsFinite(value) || !double.IsFinite(norm))
                throw Diverged(step, value);
            optimizer.Step(gradients, schedule.At(step), norm > options.MaxGradientNorm ? options.MaxGradientNorm / norm : 1);

            bool last = step == schedule.End - 1;
            double? heldOut = loss.HasHeldOut && (last || schedule.IsCheck(step)) ? loss.HeldOut(block) : null;
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

        TrainingDivergedException Diverged(int step, double value) => new($"Blockwise distillation of {unit}", step, value);
    }
}
