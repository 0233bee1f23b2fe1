using Puzzle.Architectures;
using Puzzle.Distillation.ClosedForm;
using Puzzle.Distillation.PaperStarts;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>The units of one layer that are missing: started on the first part of the text, trained part by part, stored when
/// done.</summary>
/// <param name="request">What is distilled.</param>
/// <param name="options">How.</param>
/// <param name="units">The units, in the order they are taken up.</param>
/// <param name="workers">Units trained side by side; results do not depend on it.</param>
/// <param name="microBatch">The windows of a batch that are computed at once.</param>
/// <param name="shared">Asked before each unit is begun; null if all are this process's.</param>
/// <param name="stored">Told of each unit that was stored, with the last record of its training.</param>
internal sealed class LayerUnits(
    BlockwiseDistillationRequest request, BlockwiseDistillationOptions options, BlockUnit[] units, int workers,
    MicroBatch microBatch, SharedUnits? shared, Action<LossRecord?> stored) : IDisposable
{
    private readonly UnitInProgress?[] _begun = new UnitInProgress?[units.Length];

    // Stored, or left to others.
    private readonly bool[] _isDone = new bool[units.Length];
    private bool _started;

    /// <summary>Gets a value indicating whether all units are stored, or left to others.</summary>
    public bool IsDone => Array.TrueForAll(_isDone, isDone => isDone);

    /// <summary>Starts the units if this is the first part of the text, and trains them on it.</summary>
    /// <param name="block">The parent's block; the same each time.</param>
    /// <param name="activations">Its streams on this part of the text.</param>
    /// <param name="text">The part.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public void Advance(TransformerBlock block, LayerActivations activations, TextPass text, CancellationToken cancellationToken)
    {
        var loss = new UnitLoss(activations, text, options.Loss, microBatch);
        int calibration = Math.Min(options.CalibrationBatches, text.Count);
        using Tensor? contribution = _started ? null : Contribution(block, activations, calibration);
        using ExpertContribution? experts = _started ? null : Experts(block, activations, calibration);
        using LayerStarts? starts = !_started && units.Any(unit => unit.HasClosedForm)
            ? LayerStarts.Measure(request.Parent.Model, block, units, activations, calibration, options.Workers, cancellationToken)
            : null;
        var maker = new UnitMaker(request, options, block, loss, contribution, experts, starts);
        _started = true;
        TorchWorkers.ForEach(
            workers, [.. Enumerable.Range(0, units.Length).Where(i => !_isDone[i])],
            i => Advance(i, maker, activations, text, loss, cancellationToken), cancellationToken);
    }

    private void Advance(
        int i, UnitMaker maker, LayerActivations activations, TextPass text, UnitLoss loss, CancellationToken cancellationToken)
    {
        if (_begun[i] is null && shared?.TryBegin(units[i]) == false)
        {
            _isDone[i] = true;
            return;
        }
        try
        {
            UnitInProgress unit = _begun[i] ??= maker.Begin(units[i], cancellationToken);
            unit.Training?.Advance(loss, cancellationToken);
            if (!unit.IsDone || !Refit(unit, activations, text, loss, cancellationToken))
                return;
            Store(unit);
            End(i);
            shared?.Complete(units[i]);
            stored(unit.Training?.Curve[^1]);
        }
        catch (Exception cause) when (shared?.Fail(units[i], cause) == true)
        {
            End(i);
        }
    }

    // Each nested width keeps the fit unless that takes it farther from the parent on other text. It is fitted on what starts are: the
    // first part of the text, which follows the last; false until then.
    private bool Refit(UnitInProgress unit, LayerActivations activations, TextPass text, UnitLoss loss, CancellationToken cancellationToken)
    {
        if (!loss.HasHeldOut || unit.Unit is not { IsNested: true, HasClosedForm: true })
            return true;
        if (text.First > 0)
            return false;
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        ModelConfig config = request.Parent.Model.Config;
        var refit = new NestedRefit(
            activations, Math.Min(options.CalibrationBatches, text.Count),
            ClosedFormCoverage.IsAlone(unit.Unit, config.Architecture[unit.Unit.Ffn!.Layer]));
        for (int place = 0; place < unit.Block.Widths; place++)
        {
            IReadOnlyDictionary<string, Tensor> weights = unit.Block.FfnWeights(place)!;
            if (refit.Fit(config, weights, cancellationToken) is not { } before)
                continue;
            double fitted = loss.HeldOut(unit.Block, place);
            if (fitted < unit.Training!.HeldOut[place])
                unit.Training.HeldOut[place] = fitted;
            else
                weights[WeightNames.Down].copy_(before);
        }
        return true;
    }

    private void End(int i)
    {
        _begun[i]?.Dispose();
        _begun[i] = null;
        _isDone[i] = true;
    }

    public void Dispose()
    {
        foreach (UnitInProgress? unit in _begun)
            unit?.Dispose();
    }

    private void Store(UnitInProgress made)
    {
        BlockUnit unit = made.Unit;
        request.Library.AddRecipe(unit.Recipe);
        SubblockKey[] ffns = [.. unit.Ffns];
        for (int place = 0; place < made.Block.Widths; place++)
            made.StoreTheBetter(place, () => Store(place));

        void Store(int place)
        {
            using var scope = NewDisposeScope();
            using var noGradients = no_grad();
            IReadOnlyList<LossRecord> curve = made.Training?.CurveOf(place) ?? [];
            if (unit.Attention is not null)
                request.Library.Add(
                    unit.Attention, unit.Recipe.Fingerprint, made.Block.AttentionWeights!, curve, made.StartOf(place));
            if (unit.Ffn is not null)
                request.Library.Add(
                    ffns[place], unit.Recipe.Fingerprint, made.Block.FfnWeights(place)!, curve, made.StartOf(place));
        }
    }

    private Tensor? Contribution(TransformerBlock block, LayerActivations activations, int batches) =>
        block.Ffn is GatedFeedForward ffn && units.Any(unit => unit is { Block.Ffn: GatedFfnConfig, Ffn: not null, FfnStart: null })
            ? ChannelContribution.Measure(ffn, activations.AfterAttention, batches).DetachFromDisposeScope()
            : null;

    private ExpertContribution? Experts(TransformerBlock block, LayerActivations activations, int batches) =>
        block is { Ffn: MixtureFeedForward ffn, Config.Ffn: MixtureFfnConfig config }
            && units.Any(unit => unit is { Ffn: not null, FfnStart: null, Block.Ffn: not NoOpFfnConfig })
            ? ExpertContribution.Measure(ffn, config, activations.AfterAttention, batches)
            : null;
}
