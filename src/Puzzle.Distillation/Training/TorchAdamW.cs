using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>AdamW in torch operators, for weights on an accelerator.</summary>
internal sealed class TorchAdamW : AdamW
{
    private readonly Tensor _first;
    private readonly Tensor _second;

    public TorchAdamW(IReadOnlyList<Tensor> parameters, AdamWOptions options)
        : base(parameters, options)
    {
        _first = zeros(Count, ScalarType.Float32, parameters[0].device).DetachFromDisposeScope();
        _second = zeros(Count, ScalarType.Float32, parameters[0].device).DetachFromDisposeScope();
    }

    public override (float[] First, float[] Second) Moments
    {
        get
        {
            using var scope = NewDisposeScope();
            return (_first.cpu().data<float>().ToArray(), _second.cpu().data<float>().ToArray());
        }
    }

    public override void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        base.Dispose();
    }

    protected override void SetMoments(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        using var scope = NewDisposeScope();
        _first.copy_(from_array(first.ToArray()));
        _second.copy_(from_array(second.ToArray()));
    }

    protected override void Update(FlatGradients gradients, in AdamWStep step)
    {
        using var noGradients = no_grad();
        using Scalar beta1 = step.Beta1.ToScalar(), rest1 = (1 - step.Beta1).ToScalar(), beta2 = step.Beta2.ToScalar(), rest2 = (1 - step.Beta2).ToScalar();
        using Scalar scale = step.Scale.ToScalar(), correction2 = step.Correction2.ToScalar(), epsilon = step.Epsilon.ToScalar();
        using Scalar rate = (-step.Rate).ToScalar(), decay = step.Decay.ToScalar(), one = 1f.ToScalar();
        long offset = 0;
        foreach (Tensor parameter in Parameters)
        {
            using var scope = NewDisposeScope();
            long size = parameter.numel();
            Tensor gradient = gradients.Buffer.narrow(0, offset, size).mul(scale);
            Tensor first = _first.narrow(0, offset, size), second = _second.narrow(0, offset, size);
            first.mul_(beta1).add_(gradient, rest1);
            second.mul_(beta2).addcmul_(gradient, gradient, rest2);
            Tensor divisor = second.sqrt().mul_(correction2).add_(epsilon, one);
            Tensor weights = parameter.view(-1);
            if (parameter.dim() > 1)
                weights.mul_(decay);
            weights.addcdiv_(first, divisor, rate);
            offset += size;
        }
    }
}
