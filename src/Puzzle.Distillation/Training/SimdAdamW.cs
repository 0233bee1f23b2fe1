using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>AdamW on the CPU: one SIMD pass over weights, gradients and moments. Bit-reproducible.</summary>
internal sealed class SimdAdamW : AdamW
{
    private readonly float[] _first;
    private readonly float[] _second;

    public SimdAdamW(IReadOnlyList<Tensor> parameters, AdamWOptions options)
        : base(parameters, options)
    {
        _first = new float[Count];
        _second = new float[Count];
    }

    public override (float[] First, float[] Second) Moments => (_first, _second);

    protected override void SetMoments(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        first.CopyTo(_first);
        second.CopyTo(_second);
    }

    protected override void Update(FlatGradients gradients, in AdamWStep step)
    {
        ReadOnlySpan<float> all = gradients.Values;
        int offset = 0;
        foreach (Tensor parameter in Parameters)
        {
            Span<float> weights = MemoryMarshal.Cast<byte, float>(parameter.bytes);
            // Norms and other vectors are not decayed.
            AdamWStep numbers = parameter.dim() > 1 ? step : step with { Decay = 1 };
            Update(weights, all.Slice(offset, weights.Length), _first.AsSpan(offset, weights.Length), _second.AsSpan(offset, weights.Length), numbers);
            offset += weights.Length;
        }
    }

    private static void Update(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> first, Span<float> second, in AdamWStep n)
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

    private static int UpdateVectors(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> first, Span<float> second, in AdamWStep n)
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
}
