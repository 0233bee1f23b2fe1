using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Sizing;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Global;

/// <summary>
/// Heals an assembled child without an optimizer: one pass over its layers, each fitted on the child's own inputs with the parent's
/// residual stream as the target, so that later layers make up for what earlier ones lost. The child keeps the fit only if it is closer to
/// the parent on windows that were not fitted on.
/// </summary>
/// <param name="parent">The parent; not changed.</param>
/// <param name="child">The child, fitted in place; unchanged where the fit is stopped, fails or does not help.</param>
/// <param name="data">The training text.</param>
/// <param name="windows">The windows to fit on.</param>
/// <param name="workers">Batches computed side by side; the result does not depend on it.</param>
internal sealed class SequentialFitter(
    CausalLanguageModel parent, CausalLanguageModel child, PackedTokenDataset data, int windows, int workers)
{
    private const string What = "fit in sequence";

    // With fewer windows of 256 tokens the sequence lost against subblocks fitted one by one.
    private const int LeastWindows = 32;

    // From here on the parent's stream alone is the better target.
    private const int WindowsForWholeTarget = 128;

    // Large enough for matrix products at their full rate.
    private const int TokensPerBatch = 1024;

    /// <summary>Fits the child.</summary>
    /// <param name="progress">Told of each layer.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public SequentialFit Run(IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        if (WhyNot() is { } reason)
            return Skipped(reason);
        if (FitText.Choose(data, windows) is not { } text || text.Fit.Count < LeastWindows)
            return Skipped(FormattableString.Invariant($"a fit needs {LeastWindows} windows of text"));
        using var before = new ReadoutWeights(child);
        try
        {
            using var states = new ParentStates(parent, text.Guard, workers, cancellationToken);
            double klBefore = KlOn(text.Guard, states, cancellationToken);
            int layers = FitLayers(text.Fit, progress, cancellationToken);
            if (layers == 0)
                return Skipped("no layer differs from the parent's that the text is enough to fit");
            double klAfter = KlOn(text.Guard, states, cancellationToken);
            bool helped = klAfter < klBefore;
            if (!helped)
                before.Restore();
            return new SequentialFit(helped ? SequentialFitEnding.Fitted : SequentialFitEnding.Kept)
            {
                Windows = text.Fit.Count,
                GuardWindows = text.Guard.Count,
                Layers = layers,
                KlBefore = double.IsFinite(klBefore) ? klBefore : null,
                KlAfter = double.IsFinite(klAfter) ? klAfter : null,
            };
        }
        catch
        {
            before.Restore();
            throw;
        }
    }

    private static SequentialFit Skipped(string reason) => new(SequentialFitEnding.Skipped) { Reason = reason };

    // What stands between the matrix and the stream would have to be undone in the target.
    private string? WhyNot() => parent.Config.HiddenSize != child.Config.HiddenSize ? "the child's hidden size is not the parent's"
        : child.Config.Norms.HasAfter ? "the family has norms behind its subblocks"
        : child.Config.ResidualMultiplier != 1 ? "the family multiplies what subblocks add"
        : null;

    private double KlOn(PackedTokenDataset guard, ParentStates states, CancellationToken cancellationToken) =>
        ModelEvaluator.Evaluate(child, states, guard, workers, cancellationToken).KlDivergence;

    private int FitLayers(PackedTokenDataset text, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        int batchWindows = Math.Max(1, TokensPerBatch / text.SequenceLength);
        int[][] batches = [.. Enumerable.Range(0, text.Count).Chunk(batchWindows)];
        int side = parent.Budget.Workers(
            workers, ScoringMemory.ForwardBytes(parent.Config, batchWindows, text.SequenceLength), "a fit in sequence");
        // 16-bit integers of a float are not enough for what is added up: brain floats have the range.
        ScalarType childType = parent.ElementType == ScalarType.Float32 ? ScalarType.Float32 : ScalarType.BFloat16;
        using var own = new FitStream(parent, parent.Budget, parent.ElementType, text, batches, side, cancellationToken);
        using var made = new FitStream(child, parent.Budget, childType, text, batches, side, cancellationToken);
        var fit = new SubblockFit(
            own, made, batches.Length, (long)text.Count * text.SequenceLength, text.Count < WindowsForWholeTarget, side);
        bool isSame = AreEqual(parent.Embedding, child.Embedding);
        int layers = 0;
        for (int layer = 0; layer < child.Config.Layers; layer++)
        {
            using BlockLease lease = parent.Borrow(layer);
            TransformerBlock block = child.Blocks[layer];
            bool attention = Fit(lease.Block.Attention, block.Attention), ffn = Fit(lease.Block.Ffn, block.Ffn);
            layers += attention || ffn ? 1 : 0;
            progress?.Report(new TrainingProgress(What, layer + 1, child.Config.Layers));
        }
        return layers;

        // Up to the first subblock that differs both streams are one.
        bool Fit(Subblock parents, Subblock fitted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool wasSame = isSame;
            isSame &= AreSame(parents, fitted);
            if (wasSame && !isSame)
                made.Follow(own, cancellationToken);
            own.Advance(parents, cancellationToken);
            if (isSame)
                return false;
            bool isFitted = fit.Fit(parents, fitted, parent.Budget, cancellationToken);
            made.Advance(fitted, cancellationToken);
            return isFitted;
        }
    }

    private static bool AreSame(Subblock one, Subblock other) => one.GetType() == other.GetType()
        && one.Weights.Count == other.Weights.Count
        && one.Weights.All(weight => other.Weights.TryGetValue(weight.Key, out Tensor? its) && AreEqual(weight.Value, its));

    private static bool AreEqual(Tensor one, Tensor other)
    {
        using var scope = NewDisposeScope();
        return one.shape.AsSpan().SequenceEqual(other.shape) && one.detach().to(other.dtype).eq(other).all().item<bool>();
    }
}
