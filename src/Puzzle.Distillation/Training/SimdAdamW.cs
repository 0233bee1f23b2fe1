using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Puzzle.Checkpoints;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>AdamW on the CPU: one SIMD pass over weights, gradients and moments. Bit-reproducible.</summary>
/// <param name="parameters">The weights.</param>
/// <param name="options">The constants.</param>
/// <param name="partBytes">The most bytes looked at through one span, which cannot cover more than 2 GB; no part of the result.</param>
internal sealed class SimdAdamW(
    IReadOnlyList<Tensor> parameters, AdamWOptions options, long partBytes = 1L << 30) : AdamW(parameters, options)
{
    protected override void Update(FlatGradients gradients, in AdamWStep step)
    {
        using var noGradients = no_grad();
        long offset = 0;
        foreach (Tensor parameter in Parameters)
        {
            using var scope = NewDisposeScope();
            // Norms and other vectors are not decayed.
            AdamWStep numbers = parameter.dim() > 1 ? step : step with { Decay = 1 };
            foreach ((Tensor part, long bytes) in TensorBytes.Parts(parameter, partBytes))
            {
                long start = offset + (bytes / sizeof(float)), length = part.numel();
                Update(
                    Values(part), Values(gradients.Buffer.narrow(0, start, length)), Values(FirstMoments.narrow(0, start, length)),
                    Values(SecondMoments.narrow(0, start, length)), numbers);
            }
            offset += parameter.numel();
        }
    }

    // The buffers behind the views outlive the step.
    private static Span<float> Values(Tensor part) => MemoryMarshal.Cast<byte, float>(part.bytes);

    private static void Update(Span<float> weights, ReadOnlySpan<float> gradients, Span<float> first, Span<float> second, in AdamWStep n)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
            i = UpdateVectors(weights, gradients, first, second, n);
        for (; i < weights.Length; i++)
        {
            float g = gradients[i] * n.Scale;
            float m = first[i] = (first[i] * n.Beta1) + (g * (1 - n.Beta1));
            float v = second[i] = (second[i] * n.Beta2) + (g * g * (1 - n.Beta2));
            weights[i] = (weights[i] * n.Decay) - (n.Rate * m / ((MathF.Sqrt(v) * n.Correction2) + n.Epsilon));
        }
    }

    private static int UpdateVectors(
        Span<float> weights, ReadOnlySpan<float> gradients, Span<float> first, Span<float> second, in AdamWStep n)
    {
        ref float w0 = ref MemoryMarshal.GetReference(weights);
        ref float m0 = ref MemoryMarshal.GetReference(first);
        ref float v0 = ref MemoryMarshal.GetReference(second);
        ref float g0 = ref MemoryMarshal.GetReference(gradients);
        Vector256<float> beta1 = Vector256.Create(n.Beta1);
        Vector256<float> rest1 = Vector256.Create(1 - n.Beta1);
        Vector256<float> beta2 = Vector256.Create(n.Beta2);
        Vector256<float> rest2 = Vector256.Create(1 - n.Beta2);
        Vector256<float> scale = Vector256.Create(n.Scale);
        Vector256<float> rate = Vector256.Create(n.Rate);
        Vector256<float> correction2 = Vector256.Create(n.Correction2);
        Vector256<float> epsilon = Vector256.Create(n.Epsilon);
        Vector256<float> decay = Vector256.Create(n.Decay);
        int end = weights.Length - (weights.Length % Vector256<float>.Count);
        for (int i = 0; i < end; i += Vector256<float>.Count)
        {
            nuint at = (nuint)i;
            Vector256<float> g = Vector256.LoadUnsafe(ref g0, at) * scale;
            Vector256<float> m = (Vector256.LoadUnsafe(ref m0, at) * beta1) + (g * rest1);
            Vector256<float> v = (Vector256.LoadUnsafe(ref v0, at) * beta2) + (g * g * rest2);
            m.StoreUnsafe(ref m0, at);
            v.StoreUnsafe(ref v0, at);
            ((Vector256.LoadUnsafe(ref w0, at) * decay) - (rate * m / ((Vector256.Sqrt(v) * correction2) + epsilon)))
                .StoreUnsafe(ref w0, at);
        }
        return end;
    }
}
