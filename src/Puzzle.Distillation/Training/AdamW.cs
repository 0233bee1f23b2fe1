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
    }

    /// <summary>Gets the number of steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>Gets the first and second moments, for saving.</summary>
    public abstract (float[] First, float[] Second) Moments { get; }

    protected IReadOnlyList<Tensor> Parameters { get; }

    /// <summary>Gets the number of weights.</summary>
    public long Count { get; }

    /// <summary>Creates the optimizer that suits the weights' device.</summary>
    public static AdamW Create(IReadOnlyList<Tensor> parameters, AdamWOptions options) =>
        parameters.All(parameter => parameter.device_type == TorchSharp.DeviceType.CPU)
            ? new SimdAdamW(parameters, options)
            : new TorchAdamW(parameters, options);

    /// <summary>Restores a saved state.</summary>
    public void Restore(long steps, ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        if (first.Length != Count || second.Length != Count)
            throw new ArgumentException($"The optimizer state holds {first.Length} numbers; {Count} were expected.", nameof(first));
        SetMoments(first, second);
        Steps = steps;
    }

    /// <summary>Updates the weights in place.</summary>
    /// <param name="gradients">The gradients of the same parameters in the same order.</param>
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
            (float)(1 - (learningRate * _options.WeightDecay))));
    }

    public virtual void Dispose()
    {
    }

    protected abstract void SetMoments(ReadOnlySpan<float> first, ReadOnlySpan<float> second);

    protected abstract void Update(FlatGradients gradients, in AdamWStep step);
}
