using Puzzle.Distillation.ClosedForm;
using Puzzle.Distillation.PaperStarts;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>Chooses the start of each unit of one layer.</summary>
/// <param name="Request">What is distilled.</param>
/// <param name="Options">How.</param>
/// <param name="Parent">The parent's block.</param>
/// <param name="Loss">The loss, over the layer's activations.</param>
/// <param name="Contribution">The contribution of each of the parent's FFN channels, [F]; null if no unit needs it.</param>
/// <param name="Experts">The contributions of the parent's experts; null if no unit needs them.</param>
/// <param name="Starts">The layer's closed-form starts; null if no unit has one.</param>
internal sealed record UnitMaker(
    BlockwiseDistillationRequest Request, BlockwiseDistillationOptions Options, TransformerBlock Parent, UnitLoss Loss,
    Tensor? Contribution, ExpertContribution? Experts, LayerStarts? Starts)
{
    /// <summary>Makes a unit as it is before training.</summary>
    public UnitInProgress Begin(BlockUnit unit, CancellationToken cancellationToken)
    {
        (TrainedBlock block, IReadOnlyList<VariantStart>? starts) = Choose(unit, cancellationToken);
        return new UnitInProgress(
            unit, block, starts, unit.IsTrainable && Options.Steps > 0
            ? new UnitTraining(
                unit, block, Options, Request.Parent.Model.Config, ComputePrecision.ForUnits(Options.Precision, Request.Parent.Model))
            : null);
    }

    // Of two starts the one whose block is closer to the parent's on text that neither was fitted to; of nested widths, on average.
    private (TrainedBlock Block, IReadOnlyList<VariantStart>? Starts) Choose(BlockUnit unit, CancellationToken cancellationToken)
    {
        if (!unit.HasClosedForm)
            return (Create(unit, VariantStart.Paper, cancellationToken), null);
        TrainedBlock fitted = Create(unit, VariantStart.ClosedForm, cancellationToken);
        if (!Loss.HasHeldOut)
            return (fitted, [.. Enumerable.Repeat(new VariantStart(VariantStart.ClosedForm), fitted.Widths)]);
        TrainedBlock? paper = null;
        try
        {
            paper = Create(unit, VariantStart.Paper, cancellationToken);
            double[] fittedLosses = Loss.HeldOut(fitted), paperLosses = Loss.HeldOut(paper);
            // A broken parent has no losses to tell; training says so.
            bool known = fittedLosses.Concat(paperLosses).All(double.IsFinite), better = fittedLosses.Average() < paperLosses.Average();
            (better ? paper : fitted).Dispose();
            return (
                better ? fitted : paper,
                known
                    ? [.. paperLosses.Zip(fittedLosses, (paperLoss, fittedLoss) => new VariantStart(
                        better ? VariantStart.ClosedForm : VariantStart.Paper, paperLoss, fittedLoss))]
                    : null);
        }
        catch
        {
            fitted.Dispose();
            paper?.Dispose();
            throw;
        }
    }

    private TrainedBlock Create(BlockUnit unit, string start, CancellationToken cancellationToken) => TrainedBlock.Create(
        unit, Request.Parent.Model, Parent, Contribution, Experts, Request.Library, start == VariantStart.ClosedForm
            ? Starts
            : null, cancellationToken);
}
