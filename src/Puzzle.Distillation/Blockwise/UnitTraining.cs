using Puzzle.Distillation.Training;
using Puzzle.Library;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>
/// Trains one unit: parent activations in, the parent block's output as target. Depends on nothing but its inputs, so units
/// can run in any order or process. Weights and optimizer live on while the text goes by in parts.
/// </summary>
internal sealed class UnitTraining : IDisposable
{
    private readonly BlockUnit _unit;
    private readonly TrainedBlock _block;
    private readonly BlockwiseDistillationOptions _options;
    private readonly FlatGradients _gradients;
    private readonly AdamW _optimizer;
    private readonly UnitSchedule _schedule;
    private readonly List<LossRecord> _curve = [];

    /// <param name="unit">What is trained, for messages.</param>
    /// <param name="block">The block to train in place; not disposed.</param>
    /// <param name="options">Steps, learning rate and so on.</param>
    public UnitTraining(BlockUnit unit, TrainedBlock block, BlockwiseDistillationOptions options)
    {
        (_unit, _block, _options) = (unit, block, options);
        Tensor[] parameters = [.. block.Parameters];
        _gradients = new FlatGradients(parameters);
        _optimizer = AdamW.Create(parameters, new AdamWOptions(WeightDecay: options.WeightDecay));
        _schedule = new UnitSchedule(options);
    }

    /// <summary>Gets the losses so far.</summary>
    public IReadOnlyList<LossRecord> Curve => _curve;

    /// <summary>Gets a value indicating whether all steps are taken.</summary>
    public bool IsDone => _curve.Count >= _schedule.End;

    /// <summary>Takes the next steps as long as their batches are at hand.</summary>
    /// <param name="loss">What is made small, on which text.</param>
    /// <param name="cancellationToken">Stops between steps; the unit's work is lost.</param>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not finite.</exception>
    public void Advance(UnitLoss loss, CancellationToken cancellationToken)
    {
        while (!IsDone && loss.Holds(_curve.Count % loss.TrainingBatches))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Step(loss, _curve.Count);
        }
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _gradients.Dispose();
    }

    private void Step(UnitLoss loss, int step)
    {
        using var scope = NewDisposeScope();
        _gradients.Clear();
        Tensor error = loss.Of(_block, step % loss.TrainingBatches);
        error.backward();
        double value = error.item<float>(), norm = _gradients.Norm();
        if (!double.IsFinite(value) || !double.IsFinite(norm))
            throw Diverged(step, value);
        _optimizer.Step(_gradients, _schedule.At(step), norm > _options.MaxGradientNorm ? _options.MaxGradientNorm / norm : 1);

        bool last = step == _schedule.End - 1;
        double? heldOut = loss.HasHeldOut && (last || _schedule.IsCheck(step)) ? loss.HeldOut(_block) : null;
        if (heldOut is { } measured)
        {
            if (!double.IsFinite(measured))
                throw Diverged(step, measured);
            if (!last)
                _schedule.Check(step, measured);
        }
        _curve.Add(new LossRecord(step, value, heldOut));
    }

    private TrainingDivergedException Diverged(int step, double value) => new($"Blockwise distillation of {_unit}", step, value);
}
