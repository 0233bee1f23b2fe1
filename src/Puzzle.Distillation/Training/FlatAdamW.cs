using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>
/// AdamW on an accelerator, where launching an operator costs as much as thousands of numbers: weights, gradients and moments are one
/// buffer each, so that a step has the same few operators for any number of weights.
/// </summary>
internal sealed class FlatAdamW : AdamW
{
    private readonly FlatWeights _weights;
    private readonly Tensor? _decayed;

    /// <param name="parameters">The weights, which move into one buffer.</param>
    /// <param name="options">The constants.</param>
    public FlatAdamW(IReadOnlyList<Tensor> parameters, AdamWOptions options)
        : base(parameters, options)
    {
        _weights = new FlatWeights(parameters);
        if (options.WeightDecay == 0)
            return;
        using var scope = NewDisposeScope();
        // One where decay applies: to matrices, not to norms and other vectors.
        _decayed = cat([.. parameters.Select(parameter => full(
            [parameter.numel()], parameter.dim() > 1 ? Scalars.One : Scalars.Zero, ScalarType.Float32, parameter.device))], 0)
            .DetachFromDisposeScope();
    }

    /// <summary>Gets the weights, [count].</summary>
    public Tensor Weights => _weights.Buffer;

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _weights.Dispose();
        _decayed?.Dispose();
    }

    protected override void Update(FlatGradients gradients, in AdamWStep step)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        using Scalar beta1 = step.Beta1.ToScalar(), rest1 = (1 - step.Beta1).ToScalar();
        using Scalar beta2 = step.Beta2.ToScalar(), rest2 = (1 - step.Beta2).ToScalar();
        using Scalar scale = step.Scale.ToScalar(), correction2 = step.Correction2.ToScalar(), epsilon = step.Epsilon.ToScalar();
        using Scalar rate = (-step.Rate).ToScalar(), decay = (step.Decay - 1).ToScalar();
        Tensor work = gradients.Buffer.mul_(scale);
        FirstMoments.mul_(beta1).add_(work, rest1);
        SecondMoments.mul_(beta2).addcmul_(work, work, rest2);
        // The gradients are used up: their memory holds the divisor.
        work.copy_(SecondMoments).sqrt_().mul_(correction2).add_(epsilon, Scalars.One);
        if (_decayed is not null)
            Weights.addcmul_(Weights, _decayed, decay);
        Weights.addcdiv_(FirstMoments, work, rate);
    }
}
