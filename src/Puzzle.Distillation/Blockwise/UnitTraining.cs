using Puzzle.Architectures;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Native;
using TorchSharp;
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
    private readonly ComputedBlock? _computed;
    private readonly AdamW _optimizer;
    private readonly UnitSchedule _schedule;
    private readonly NestedSteps? _nested;
    private readonly Scalar?[] _scales;
    private readonly List<LossRecord> _curve = [];

    /// <param name="unit">What is trained, for messages.</param>
    /// <param name="block">The block to train in place; not disposed.</param>
    /// <param name="options">Steps, learning rate and so on.</param>
    /// <param name="config">The parent's shape.</param>
    /// <param name="compute">What passes compute in: 32-bit floats, or brain floats in a copy that follows the block.</param>
    public UnitTraining(
        BlockUnit unit, TrainedBlock block, BlockwiseDistillationOptions options, ModelConfig config,
        ScalarType compute = ScalarType.Float32)
    {
        (_unit, _block, _options) = (unit, block, options);
        Tensor[] parameters = [.. block.Parameters];
        // First: on an accelerator the weights move.
        _optimizer = AdamW.Create(parameters, new AdamWOptions(WeightDecay: options.WeightDecay));
        _computed = compute == ScalarType.Float32 ? null : new ComputedBlock(block, config, compute, _optimizer);
        _gradients = _computed?.Gradients.Wider() ?? new FlatGradients(parameters);
        _schedule = new UnitSchedule(options, unit.Steps(options));
        _scales = new Scalar?[block.Widths];
        _nested = unit.IsNested ? new NestedSteps(unit.Widths.Count, unit.Ffn!.Layer) : null;
    }

    /// <summary>Gets the losses so far; held-out losses of nested widths are the mean.</summary>
    public IReadOnlyList<LossRecord> Curve => _curve;

    /// <summary>Gets the last held-out losses, of each width; empty if there are none.</summary>
    public double[] HeldOut { get; private set; } = [];

    /// <summary>Gives the losses of the steps that trained one width; the last with the last held-out loss of that width.</summary>
    /// <param name="place">The width's place.</param>
    public IReadOnlyList<LossRecord> CurveOf(int place)
    {
        if (_nested is null)
            return _curve;
        List<LossRecord> own = [.. _curve.Where(record => _nested.PlaceAt(record.Step) == place)
            .Select(record => record with { HeldOutLoss = null })];
        if (own.Count > 0 && HeldOut.Length > 0)
            own[^1] = own[^1] with { HeldOutLoss = HeldOut[place] };
        return own;
    }

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
        _computed?.Dispose();
        foreach (Scalar? scale in _scales)
            scale?.Dispose();
    }

    private void Step(UnitLoss loss, int step)
    {
        using var scope = NewDisposeScope();
        int place = _nested?.PlaceAt(step) ?? 0;
        (double value, double norm) = loss.MicroBatch.Run(() => Backward(loss, step % loss.TrainingBatches, place));
        if (!double.IsFinite(value) || !double.IsFinite(norm))
            throw Diverged(step, value);
        _optimizer.Step(_gradients, _schedule.At(step), norm > _options.MaxGradientNorm ? _options.MaxGradientNorm / norm : 1);

        bool last = step == _schedule.End - 1;
        double? heldOut = null;
        if (loss.HasHeldOut && (last || _schedule.IsCheck(step)))
        {
            HeldOut = loss.HeldOut(_block);
            heldOut = HeldOut.Average();
        }
        if (heldOut is { } measured)
        {
            if (!double.IsFinite(measured))
                throw Diverged(step, measured);
            if (!last)
                _schedule.Check(step, measured);
        }
        _curve.Add(new LossRecord(step, value, heldOut));
    }

    // The loss of a batch, and the norm of its gradients, which the pieces of the batch add up. It begins anew each time.
    private (double Loss, double Norm) Backward(UnitLoss loss, int batch, int place)
    {
        _gradients.Clear();
        _computed?.Refresh();
        TrainedBlock block = _computed?.Block ?? _block;
        block.Place = place;
        Scalar? scale = _nested is null ? null : _scales[place] ??= ScaleOf(loss, block, batch);
        using var total = new DeviceSum(loss.Device);
        loss.Of(block, batch, share =>
        {
            total.Add(share);
            (scale is null ? share : share.mul(scale)).backward();
            _computed?.Gradients.MoveTo(_gradients);
        });
        (double[] losses, double norm) = _gradients.ReadNorm("unit step", total.Value);
        return (losses[0], norm);
    }

    // A narrow FFN's loss is a hundred times a wide one's: each counts relative to what it began with, or the weights that they share would
    // follow the narrow ones alone.
    private static Scalar ScaleOf(UnitLoss loss, TrainedBlock block, int batch)
    {
        using var noGradients = no_grad();
        using var total = new DeviceSum(loss.Device);
        loss.Of(block, batch, total.Add);
        double first = HostRead.Scalars("first loss of a width", total.Value)[0];
        // A fit without error has nothing to learn; what is not finite is refused behind the backward pass.
        return (first > 0 && double.IsFinite(first) ? 1 / first : 1).ToScalar();
    }

    private TrainingDivergedException Diverged(int step, double value) => new($"Blockwise distillation of {_unit}", step, value);
}
