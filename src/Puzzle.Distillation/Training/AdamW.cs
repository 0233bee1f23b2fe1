using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>
/// AdamW with decoupled weight decay, one SIMD pass over weights, gradients and moments. 32-bit CPU tensors only.
/// Every sum has a fixed order, so a step is bit-reproducible.
/// </summary>
internal sealed class AdamW
{
    private readonly IReadOnlyList<Tensor> _parameters;
    private readonly AdamWOptions _options;
    private readonly float[] _first;
    private readonly float[] _second;

    public AdamW(IReadOnlyList<Tensor> parameters, AdamWOptions options)
    {
        _parameters = parameters;
        _options = options;
        long total = 0;
        foreach (Tensor parameter in parameters)
        {
            if (parameter.dtype != ScalarType.Float32 || parameter.device_type != TorchSharp.DeviceType.CPU || !parameter.is_contiguous())
                throw new NotSupportedException("AdamW updates contiguous 32-bit CPU tensors.");
            total += parameter.numel();
        }
        _first = new float[total];
        _second = new float[total];
    }

    /// <summary>Gets the number of steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>Gets the first and second moments, for saving and restoring.</summary>
    public (float[] First, float[] Second) Moments => (_first, _second);

    /// <summary>Restores a saved state.</summary>
    public void Restore(long steps, ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        if (first.Length != _first.Length || second.Length != _second.Length)
            throw new ArgumentException($"The optimizer state holds {first.Length} numbers; {_first.Length} were expected.", nameof(first));
        first.CopyTo(_first);
        second.CopyTo(_second);
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
        var step = new StepNumbers(
            (float)_options.Beta1, (float)_options.Beta2, (float)gradientScale,
            (float)(learningRate / correction1), (float)(1 / Math.Sqrt(correction2)), (float)_options.Epsilon,
            (float)(1 - (learningRate * _options.WeightDecay)));
        ReadOnlySpan<float> all = gradients.Values;
        int offset = 0;
        foreach (Tensor parameter in _parameters)
        {
            Span<float> weights = MemoryMarshal.Cast<byte, float>(parameter.bytes);
            // Norms and other vectors are not decayed.
            StepNumbers numbers = parameter.dim() > 1 ? step : step with { Decay = 1 };
            Update(weights, all.Slice(offset, weights.Length), _first.AsSpan(offset, weights.Length), _second.AsSpan(offset, weights.Length), numbers);
            offset += weights.Length;
        }
    }

    private static void Update(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> first, Span<float> second, in StepNumbers n)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
            i = UpdateVectors(weights, gradients, first, second, n);
        for (; i < weights.Length; i++)
        {
            float g = gradients[i] * n.Scale;
            float m = first[i] = (first[i] * n.Beta1) + (g * (1 - n.Beta1));
            float v = second[i] = (second[i] * n.Beta2) + (g * g * (1 - n.Beta2));
            weights[i] = (weights[i] * n.Decay) - (n.Rate * m / ((MathF.Sqrt(v) * n.Correction2) + n.Epsilon));
        }
    }

    private static int UpdateVectors(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> first, Span<float> second, in StepNumbers n)
    {
        ref float w0 = ref MemoryMarshal.GetReference(weights), m0 = ref MemoryMarshal.GetReference(first), v0 = ref MemoryMarshal.GetReference(second);
        ref float g0 = ref MemoryMarshal.GetReference(gradients);
        Vector512<float> beta1 = Vector512.Create(n.Beta1), rest1 = Vector512.Create(1 - n.Beta1), beta2 = Vector512.Create(n.Beta2), rest2 = Vector512.Create(1 - n.Beta2);
        Vector512<float> scale = Vector512.Create(n.Scale), rate = Vector512.Create(n.Rate), correction2 = Vector512.Create(n.Correction2), epsilon = Vector512.Create(n.Epsilon), decay = Vector512.Create(n.Decay);
        int end = weights.Length - (weights.Length % Vector512<float>.Count);
        for (int i = 0; i < end; i += Vector512<float>.Count)
        {
            nuint at = (nuint)i;
            Vector512<float> g = Vector512.LoadUnsafe(ref g0, at) * scale;
            Vector512<float> m = (Vector512.LoadUnsafe(ref m0, at) * beta1) + (g * rest1);
            Vector512<float> v = (Vector512.LoadUnsafe(ref v0, at) * beta2) + (g * g * rest2);
            m.StoreUnsafe(ref m0, at);
            v.StoreUnsafe(ref v0, at);
            ((Vector512.LoadUnsafe(ref w0, at) * decay) - (rate * m / ((Vector512.Sqrt(v) * correction2) + epsilon))).StoreUnsafe(ref w0, at);
        }
        return end;
    }

    private readonly record struct StepNumbers(float Beta1, float Beta2, float Scale, float Rate, float Correction2, float Epsilon, float Decay);
}
