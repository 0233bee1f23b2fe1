using Puzzle.Distillation.ClosedForm;
using Puzzle.Library;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>Makes the units of one layer: chooses each unit's start, trains it and stores it.</summary>
/// <param name="Request">What is distilled.</param>
/// <param name="Options">How.</param>
/// <param name="Parent">The parent's block.</param>
/// <param name="Loss">The loss, over the layer's activations.</param>
/// <param name="Contribution">The contribution of each of the parent's FFN channels, [F]; null if no unit needs it.</param>
/// <param name="Starts">The layer's closed-form starts; null if no unit has one.</param>
internal sealed record UnitMaker(
    BlockwiseDistillationRequest Request, BlockwiseDistillationOptions Options, TransformerBlock Parent, UnitLoss Loss, Tensor? Contribution, LayerStarts? Starts)
{
    /// <summary>Makes and stores a unit.</summary>
    /// <returns>The last record of its training; null if it was not trained.</returns>
    public LossRecord? Make(BlockUnit unit, CancellationToken cancellationToken)
    {
        (TrainedBlock block, VariantStart? start) = Begin(unit, cancellationToken);
        try
        {
            IReadOnlyList<LossRecord> curve = unit.IsTrainable && Options.Steps > 0 ? UnitTraining.Train(unit, block, Loss, Options, cancellationToken) : [];
            LossRecord? last = curve is [.., var end] ? end : null;
            if (start?.HeldOutLoss <= last?.HeldOutLoss)
            {
                block.Dispose();
                block = Create(unit, start!.Name, cancellationToken);
                start = start with { IsKept = true };
            }
            Request.Library.AddRecipe(unit.Recipe);
            if (unit.Attention is not null)
                Request.Library.Add(unit.Attention, unit.Recipe.Fingerprint, block.AttentionWeights!, curve, start);
            if (unit.Ffn is not null)
                Request.Library.Add(unit.Ffn, unit.Recipe.Fingerprint, block.FfnWeights!, curve, start);
            return last;
        }
        finally
        {
            block.Dispose();
        }
    }

    // Of two starts the one whose block is closer to the parent's on text that neither was fitted to.
    private (TrainedBlock Block, VariantStart? Start) Begin(BlockUnit unit, CancellationToken cancellationToken)
    {
        if (!unit.HasClosedForm)
            return (Create(unit, VariantStart.Paper, cancellationToken), null);
        TrainedBlock fitted = Create(unit, VariantStart.ClosedForm, cancellationToken);
        if (!Loss.HasHeldOut)
            return (fitted, new VariantStart(VariantStart.ClosedForm));
        TrainedBlock? paper = null;
        try
        {
            paper = Create(unit, VariantStart.Paper, cancellationToken);
            double fittedLoss = Loss.HeldOut(fitted), paperLoss = Loss.HeldOut(paper);
            // A broken parent has no losses to tell; training says so.
            bool known = double.IsFinite(fittedLoss) && double.IsFinite(paperLoss), better = fittedLoss < paperLoss;
            (better ? paper : fitted).Dispose();
            return (better ? fitted : paper, known ? new VariantStart(better ? VariantStart.ClosedForm : VariantStart.Paper, paperLoss, fittedLoss) : null);
        }
        catch
        {
            fitted.Dispose();
            paper?.Dispose();
            throw;
        }
    }

    private TrainedBlock Create(BlockUnit unit, string start, CancellationToken cancellationToken) => TrainedBlock.Create(
        unit, Request.Parent.Model, Parent, Contribution, Request.Library, start == VariantStart.ClosedForm ? Starts : null, cancellationToken);
}
