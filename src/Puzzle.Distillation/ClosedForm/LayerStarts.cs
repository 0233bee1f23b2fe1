using Puzzle.Architectures;
using Puzzle.Distillation.Blockwise;
using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>The closed-form starts of a layer's variants: what they share is measured once, side by side.</summary>
internal sealed class LayerStarts : IDisposable
{
    private readonly ModelConfig _model;
    private readonly TransformerBlock _parent;
    private readonly LayerActivations _activations;
    private readonly int _batches;
    private readonly ClosedFormCoverage _coverage;
    private NarrowFfn? _ffn;
    private NarrowFfn? _ffnAlone;
    private FewerHeads? _heads;

    private LayerStarts(CausalLanguageModel model, TransformerBlock parent, LayerActivations activations, int batches)
    {
        (_model, _parent, _activations, _batches) = (model.Config, parent, activations, batches);
        _coverage = new ClosedFormCoverage(model.Config, model.Budget);
    }

    /// <summary>Measures what the units' starts need.</summary>
    /// <param name="model">The parent.</param>
    /// <param name="parent">The parent's block.</param>
    /// <param name="units">The units to start.</param>
    /// <param name="activations">The parent's streams around the layer; used until this is disposed.</param>
    /// <param name="batches">The batches to measure on, the first.</param>
    /// <param name="workers">The number of measurements side by side; results do not depend on it.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public static LayerStarts Measure(
        CausalLanguageModel model, TransformerBlock parent, IReadOnlyList<BlockUnit> units, LayerActivations activations, int batches,
        int workers, CancellationToken cancellationToken)
    {
        var starts = new LayerStarts(model, parent, activations, batches);
        int[] widths = Widths(alone: false), alone = Widths(alone: true);
        long features = widths.Length + alone.Length > 0 ? ((GatedFfnConfig)parent.Config.Ffn).IntermediateSize : model.Config.HiddenSize;
        List<Action> measurements = [];
        if (widths.Length > 0)
            measurements.Add(() => starts._ffn = NarrowFfn.Measure(
                (GatedFeedForward)parent.Ffn, activations.AfterAttention, batches, widths, cancellationToken));
        if (alone.Length > 0)
            measurements.Add(() => starts._ffnAlone = NarrowFfn.MeasureAlone(
                (GatedFeedForward)parent.Ffn, activations.Inputs, activations.Outputs, batches, alone, cancellationToken));
        if (units.Any(unit => unit.Block.Attention is GroupedQueryAttentionConfig && starts._coverage.CoversAttention(unit, parent.Config)))
            measurements.Add(() => starts._heads = starts.MeasureHeads(cancellationToken));
        try
        {
            // What a measurement keeps is at most a third of what it takes.
            TorchWorkers.ForEach(
                model.Budget.Workers(
                    TorchWorkers.On(model.Device, workers), ClosedFormCoverage.FitBytes(features), "a closed-form fit"), measurements,
                measure => measure(), cancellationToken);
            return starts;
        }
        catch
        {
            starts.Dispose();
            throw;
        }

        int[] Widths(bool alone) =>
            [.. units.Where(
                unit => starts._coverage.CoversFfn(unit, parent.Config) && ClosedFormCoverage.IsAlone(unit, parent.Config) == alone)
            .SelectMany(unit => unit.Widths).Distinct()];
    }

    /// <summary>Makes a unit's attention; the caller disposes the weights.</summary>
    /// <returns>Null if it has no closed-form start, or the activations are not finite.</returns>
    public Dictionary<string, Tensor>? Attention(BlockUnit unit, CancellationToken cancellationToken) => unit.Block.Attention switch
    {
        _ when !_coverage.CoversAttention(unit, _parent.Config) => null,
        LinearAttentionConfig => LinearFit.Create(
            _model, _parent.Attention, true, _activations.Inputs, _activations.AfterAttention, _batches, cancellationToken),
        GroupedQueryAttentionConfig fewer => _heads?.Create(fewer, _activations.Inputs, _activations.Rotary, _batches, cancellationToken),
        _ => null,
    };

    /// <summary>Makes the FFNs of a nested unit; the caller disposes the weights.</summary>
    /// <returns>Null if they have no closed-form start, or the activations are not finite.</returns>
    public Dictionary<string, Tensor>? Nested(BlockUnit unit, CancellationToken cancellationToken) =>
        _coverage.CoversFfn(unit, _parent.Config)
            ? (IsAlone(unit) ? _ffnAlone : _ffn)?.CreateNested(unit.Widths, cancellationToken)
            : null;

    /// <summary>Makes a unit's FFN; the caller disposes the weights.</summary>
    /// <returns>Null if it has no closed-form start, or the activations are not finite.</returns>
    public Dictionary<string, Tensor>? Ffn(BlockUnit unit, CancellationToken cancellationToken) => unit.Block.Ffn switch
    {
        _ when !_coverage.CoversFfn(unit, _parent.Config) => null,
        LinearFfnConfig => LinearFit.Create(
            _model, _parent.Ffn, false, IsAlone(unit)
                ? _activations.Inputs
                : _activations.AfterAttention, _activations.Outputs, _batches, cancellationToken),
        GatedFfnConfig gated => (IsAlone(unit) ? _ffnAlone : _ffn)?.Create(gated.IntermediateSize, cancellationToken),
        _ => null,
    };

    public void Dispose()
    {
        _ffn?.Dispose();
        _ffnAlone?.Dispose();
        _heads?.Dispose();
    }

    private FewerHeads? MeasureHeads(CancellationToken cancellationToken)
    {
        using Subblock linear = LinearFit.Empty(_model, _parent.Attention, isAttention: true);
        using SecondMoments measured = SecondMoments.Measure(
            _batches, batch => (linear.Features(_activations.Inputs[batch], _activations.Rotary), null), cancellationToken);
        if (!measured.IsFinite)
            return null;
        // Of fewer tokens than this the moments say little of some directions; no text at all still does better than averaging.
        bool known = measured.Tokens >= 2L * _model.HiddenSize;
        using SecondMoments moments = known ? measured : SecondMoments.Identity(_model.HiddenSize);
        return new FewerHeads(_model, _parent.Attention, moments);
    }

    // An FFN beside no attention reads the layer's input and makes up for the attention too.
    private bool IsAlone(BlockUnit unit) => ClosedFormCoverage.IsAlone(unit, _parent.Config);
}
