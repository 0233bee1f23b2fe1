using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>AdamW with decoupled weight decay of matrices, over contiguous 32-bit weights of one device.</summary>
internal abstract class AdamW : IDisposable
{
    private readonly AdamWOptions _options;

    private protected AdamW(IReadOnlyList<Tensor> parameters, AdamWOptions options)
    {
        if (parameters.Any(parameter => parameter.dtype != ScalarType.Float32 || !parameter.is_contiguous()))
            throw new NotSupportedException("AdamW updates contiguous 32-bit tensors.");
        Parameters = parameters;
        _options = options;
        Count = parameters.Sum(parameter => parameter.numel());
        Device device = parameters.Count > 0 ? parameters[0].device : CPU;
        FirstMoments = zeros(Count, ScalarType.Float32, device).DetachFromDisposeScope();
        SecondMoments = zeros(Count, ScalarType.Float32, device).DetachFromDisposeScope();
    }

    /// <summary>Gets the number of steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>Gets the number of weights.</summary>
    public long Count { get; }

    /// <summary>Gets the means of the gradients, [count], in the order of the parameters.</summary>
    public Tensor FirstMoments { get; }

    /// <summary>Gets the means of the squared gradients, [count], in the order of the parameters.</summary>
    public Tensor SecondMoments { get; }

    protected IReadOnlyList<Tensor> Parameters { get; }

    /// <summary>Creates the optimizer that suits the weights' device.</summary>
    public static AdamW Create(IReadOnlyList<Tensor> parameters, AdamWOptions options) =>
        parameters.All(parameter => parameter.device_type == TorchSharp.DeviceType.CPU)
            ? new SimdAdamW(parameters, options)
            : new FlatAdamW(parameters, options);

    /// <summary>Restores a saved state.</summary>
    public void Restore(long steps, Tensor first, Tensor second)
    {
        if (first.numel() != Count || second.numel() != Count)
            throw new ArgumentException($"The optimizer state holds {first.numel()} numbers; {Count} were expected.", nameof(first));
        using var noGradients = no_grad();
        FirstMoments.copy_(first);
        SecondMoments.copy_(second);
        Steps = steps;
    }

    /// <summary>Updates the weights in place.</summary>
    /// <param name="gradients">The gradients of the same parameters in the same order; they may be used up.</param>
    /// <param name="learningRate">This step's learning rate.</param>
    /// <param name="gradientScale">What every gradient is multiplied by first (clipping, averaging).</param>
    public void Step(FlatGradients gradients, double learningRate, double gradientScale)
    {
        Steps++;
        double correction1 = 1 - Math.Pow(_options.Beta1, Steps);
        double correction2 = 1 - Math.Pow(_options.Beta2, Steps);
        Update(gradients, new AdamWStep(
            (float)_options.Beta1, (float)_options.Beta2, (float)gradientScale,
            (float)(learningRate / correction1), (float)(1 / Math.Sqrt(correction2)), (float)_options.Epsilon,
            (float)(1 - (learningRate * _options.WeightDecay)), (float)learningRate));
    }

    public virtual void Dispose()
    {
        FirstMoments.Dispose();
        SecondMoments.Dispose();
    }

    protected abstract void Update(FlatGradients gradients, in AdamWStep step);
}
