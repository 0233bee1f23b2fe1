using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>AdamW in torch operators, for weights on an accelerator.</summary>
internal class TorchAdamW(IReadOnlyList<Tensor> parameters, AdamWOptions options) : AdamW(parameters, options)
{
    protected override void Update(FlatGradients gradients, in AdamWStep step)
    {
        using var noGradients = no_grad();
        long offset = 0;
        foreach (Tensor parameter in Parameters)
        {
            using var scope = NewDisposeScope();
            Update(parameter, gradients.Buffer, offset, step);
            offset += parameter.numel();
        }
    }

    /// <summary>Updates one parameter, whose gradient and moments start at an offset; in a dispose scope, without gradients.</summary>
    protected virtual void Update(Tensor parameter, Tensor gradients, long offset, in AdamWStep step)
    {
        using Scalar beta1 = step.Beta1.ToScalar(), rest1 = (1 - step.Beta1)
            .ToScalar(), beta2 = step.Beta2.ToScalar(), rest2 = (1 - step.Beta2)
            .ToScalar();
        using Scalar scale = step.Scale.ToScalar(), correction2 = step.Correction2.ToScalar(), epsilon = step.Epsilon.ToScalar();
        using Scalar rate = (-step.Rate).ToScalar(), decay = step.Decay.ToScalar(), one = 1f.ToScalar();
        long size = parameter.numel();
        Tensor gradient = gradients.narrow(0, offset, size).mul(scale);
        Tensor first = FirstMoments.narrow(0, offset, size), second = SecondMoments.narrow(0, offset, size);
        first.mul_(beta1).add_(gradient, rest1);
        second.mul_(beta2).addcmul_(gradient, gradient, rest2);
        Tensor divisor = second.sqrt().mul_(correction2).add_(epsilon, one);
        Tensor weights = parameter.view(-1);
        if (parameter.dim() > 1)
            weights.mul_(decay);
        weights.addcdiv_(first, divisor, rate);
    }
}
