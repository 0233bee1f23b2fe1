using Puzzle.Distillation.ClosedForm;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Global;

/// <summary>
/// Fits the output matrix of one subblock of a child on the child's own input, so that the stream behind it is the parent's: by ridge
/// regression, near the matrix that is there.
/// </summary>
/// <param name="parent">The parent's stream, behind the subblock already.</param>
/// <param name="child">The child's stream, before it.</param>
/// <param name="batches">The number of batches.</param>
/// <param name="tokens">Their tokens.</param>
/// <param name="halfway">Whether the target is halfway between the parent's stream and what the parent's own subblock makes of the child's
/// input: of little text the whole target carries errors of fitting on from layer to layer.</param>
/// <param name="workers">Batches computed side by side; the result does not depend on it.</param>
internal sealed class SubblockFit(FitStream parent, FitStream child, int batches, long tokens, bool halfway, int workers)
{
    // 32 windows of 256 tokens for 704 channels, the least that gained something, are 11.6 tokens a channel.
    private const int LeastTokensPerFeature = 11;

    /// <summary>Fits a subblock in place, if it has an output matrix, the text is enough for its size, and there is memory.</summary>
    /// <param name="own">The parent's subblock.</param>
    /// <param name="fitted">The child's.</param>
    /// <param name="budget">What memory there is.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>Whether it was fitted.</returns>
    public bool Fit(Subblock own, Subblock fitted, MemoryBudget budget, CancellationToken cancellationToken)
    {
        if (fitted.Readout is not { } readout)
            return false;
        Tensor weight = fitted.Weights[readout];
        long features = weight.size(1);
        if (tokens < LeastTokensPerFeature * features || !ClosedFormCoverage.HasMemoryFor(features, budget))
            return false;
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        // A fused FFN stands for several of the parent's: what the parent's one makes of the child's input is no part of its target.
        bool isFused = own.Readout is { } its && own.Weights[its].size(1) < features;
        using SecondMoments moments = SecondMoments.Measure(batches, Observe, cancellationToken, workers);
        // A broken model has no fit; training says so.
        if (!moments.IsFinite)
            return false;
        Tensor start = weight.detach().cpu().to(ScalarType.Float64).t();
        weight.copy_(Ridge.Solve(moments.Gram, moments.Cross!, start, moments.Tokens, cancellationToken).t());
        return true;

        (Tensor Features, Tensor? Target) Observe(int batch)
        {
            Tensor input = child[batch], target = parent[batch].to(input.dtype);
            if (halfway && !isFused)
            {
                Tensor same = own.Forward(input.to(parent[batch].dtype), parent.Rotary).to(input.dtype);
                target = target.add(same, Native.Scalars.One).mul(Native.Scalars.Half);
            }
            target = target.sub(input);
            return (fitted.Features(input, child.Rotary), fitted.ReadoutBias is { } bias ? target.sub(bias) : target);
        }
    }
}
