using Puzzle.Architectures;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.ClosedForm;

/// <summary>
/// The matrix of a linear subblock by least squares, from the normed input to what is added to the residual stream. The paper's
/// products of the parent's matrices are worse than leaving the subblock out in most layers; the fit is better in all.
/// </summary>
internal static class LinearFit
{
    /// <summary>Fits a linear subblock; the caller disposes the weights.</summary>
    /// <param name="model">The parent's shape.</param>
    /// <param name="parent">The subblock that is replaced.</param>
    /// <param name="isAttention">Whether it is attention.</param>
    /// <param name="inputs">The residual stream before it, a batch at a time.</param>
    /// <param name="outputs">The residual stream wanted after it.</param>
    /// <param name="batches">The number of batches.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>Null if the activations are not finite.</returns>
    public static Dictionary<string, Tensor>? Create(
        ModelConfig model, Subblock parent, bool isAttention, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> outputs, int batches,
        CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using Subblock linear = Empty(model, parent, isAttention);
        using SecondMoments moments = SecondMoments.Measure(
            batches, batch => (linear.Features(inputs[batch], rotary: null!), outputs[batch].sub(inputs[batch])), cancellationToken);
        if (!moments.IsFinite)
            return null;
        Tensor fitted = Ridge.Solve(moments.Gram, moments.Cross!, start: null, moments.Tokens, cancellationToken).t();
        var made = linear.Weights.ToDictionary(
            weight => weight.Key,
            weight =>
                weight.Key == linear.Readout ? fitted.contiguous().to(weight.Value.dtype).to(weight.Value.device) : weight.Value.clone(),
            StringComparer.Ordinal);
        foreach (Tensor weight in made.Values)
            weight.MoveToOuterDisposeScope();
        return made;
    }

    /// <summary>Gives a linear subblock with the parent's norm and a matrix of zeros, which the caller disposes.</summary>
    /// <param name="model">The parent's shape.</param>
    /// <param name="parent">The subblock that is replaced.</param>
    /// <param name="isAttention">Whether it is attention.</param>
    public static Subblock Empty(ModelConfig model, Subblock parent, bool isAttention)
    {
        using var noGradients = no_grad();
        return isAttention
            ? TransformerBlock.CreateAttention(model, new LinearAttentionConfig(), Weight)
            : TransformerBlock.CreateFfn(model, new LinearFfnConfig(), Weight);

        // The norm has the parent's name; the matrix is new.
        Tensor Weight(string name)
        {
            Tensor norm = parent.Weights[isAttention ? WeightNames.AttentionNorm : WeightNames.FfnNorm].detach();
            return parent.Weights.TryGetValue(name, out Tensor? own)
                ? own.detach().clone()
                : zeros([model.HiddenSize, model.HiddenSize], norm.dtype, norm.device);
        }
    }
}
