using Puzzle.Distillation.Losses;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>
/// Trains one subblock variant beside the parent's other half (decoupled BLD): parent activations in, the parent
/// block's output as target. Depends on nothing but its inputs, so units can run in any order or process.
/// </summary>
internal static class VariantTraining
{
    /// <summary>Trains in place; the first <c>batches - heldOut</c> batches are for training, the rest for the held-out loss.</summary>
    /// <param name="key">What is trained, for messages.</param>
    /// <param name="variant">The subblock to train.</param>
    /// <param name="parent">The parent's block at the same layer.</param>
    /// <param name="activations">The parent's activations at that layer.</param>
    /// <param name="heldOutBatches">Batches at the end that are not trained on.</param>
    /// <param name="options">Steps, learning rate and so on.</param>
    /// <param name="cancellationToken">Stops between steps; the unit's work is lost.</param>
    public static IReadOnlyList<LossRecord> Train(
        SubblockKey key, Subblock variant, TransformerBlock parent, LayerActivations activations,
        int heldOutBatches, BlockwiseDistillationOptions options, CancellationToken cancellationToken)
    {
        TensorStore inputs = key.Kind == SubblockKind.Attention ? activations.Inputs : activations.AfterAttention;
        int trainingBatches = inputs.Count - heldOutBatches;
        Tensor[] parameters = [.. variant.Weights.Values];
        using var gradients = new FlatGradients(parameters);
        using AdamW optimizer = AdamW.Create(parameters, new AdamWOptions(WeightDecay: options.WeightDecay));
        var schedule = new LearningRateSchedule(options.LearningRate, (int)(options.Steps * options.WarmupShare), options.Steps, FinalShare: 0.05);
        var curve = new List<LossRecord>(options.Steps);
        for (int step = 0; step < options.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            gradients.Clear();
            Tensor loss = Loss(step % trainingBatches);
            loss.backward();
            double value = loss.item<float>(), norm = gradients.Norm();
            if (!double.IsFinite(value) || !double.IsFinite(norm))
                throw new TrainingDivergedException($"Blockwise distillation of {key}", step, value);
            optimizer.Step(gradients, schedule.At(step), norm > options.MaxGradientNorm ? options.MaxGradientNorm / norm : 1);
            bool last = step == options.Steps - 1;
            curve.Add(new LossRecord(step, value, last && heldOutBatches > 0 ? HeldOut() : null));
        }
        return curve;

        Tensor Loss(int batch)
        {
            Tensor output = variant.Forward(inputs[batch], activations.Rotary);
            if (key.Kind == SubblockKind.Attention)
                output = parent.Ffn.Forward(output, activations.Rotary);
            return NormalisedMse.Of(activations.Outputs[batch], output);
        }

        double HeldOut()
        {
            using var noGradients = no_grad();
            double sum = 0;
            for (int batch = trainingBatches; batch < inputs.Count; batch++)
            {
                using var scope = NewDisposeScope();
                sum += Loss(batch).item<float>();
            }
            return sum / heldOutBatches;
        }
    }
}
