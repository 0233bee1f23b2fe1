using Puzzle.Architectures;
using Puzzle.Distillation.Blockwise;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>
/// Fits the down projections of nested widths once more when training has ended: what the widths share moved on in the steps of the others,
/// and a wide FFN, whose error is small, is the worse for it. By ridge regression, near the matrices that are there.
/// </summary>
/// <param name="activations">The parent's streams around the layer.</param>
/// <param name="batches">The batches to fit on, the first.</param>
/// <param name="isAlone">Whether the FFN reads the layer's input, because there is no attention.</param>
internal sealed class NestedRefit(LayerActivations activations, int batches, bool isAlone)
{
    /// <summary>Fits one width in place.</summary>
    /// <param name="config">The parent's shape.</param>
    /// <param name="weights">The width's weights by name; the down projection is changed.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>A copy of the down projection as it was, in the caller's dispose scope; null if the activations are not finite.</returns>
    public Tensor? Fit(ModelConfig config, IReadOnlyDictionary<string, Tensor> weights, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor down = weights[WeightNames.Down];
        using var ffn = new GatedFeedForward(config, (int)down.size(1), name => weights[name].detach());
        using SecondMoments moments = SecondMoments.Measure(batches, batch =>
        {
            Tensor input = (isAlone ? activations.Inputs : activations.AfterAttention)[batch];
            return (ffn.Intermediate(input), activations.Outputs[batch].sub(input));
        }, cancellationToken);
        if (!moments.IsFinite)
            return null;
        Tensor before = down.detach().clone();
        Tensor start = before.cpu().to(ScalarType.Float64).t().contiguous();
        down.copy_(Ridge.Solve(moments.Gram, moments.Cross!, start, moments.Tokens, cancellationToken).t());
        return before.MoveToOuterDisposeScope();
    }
}
