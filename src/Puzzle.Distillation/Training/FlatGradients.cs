using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>The gradients of some CPU parameters in one 32-bit buffer, into which autograd accumulates in place.</summary>
internal sealed class FlatGradients : IDisposable
{
    private readonly Tensor _buffer;
    private readonly Tensor[] _views;

    /// <param name="parameters">Leaf tensors; from here on they require gradients, which land in this buffer.</param>
    public FlatGradients(IReadOnlyList<Tensor> parameters)
    {
        long total = parameters.Sum(parameter => parameter.numel());
        _buffer = zeros(total, ScalarType.Float32).DetachFromDisposeScope();
        _views = new Tensor[parameters.Count];
        long offset = 0;
        for (int i = 0; i < parameters.Count; i++)
        {
            Tensor parameter = parameters[i];
            parameter.requires_grad_(true);
            long size = parameter.numel();
            using var scope = NewDisposeScope();
            _views[i] = _buffer.narrow(0, offset, size).view(parameter.shape).DetachFromDisposeScope();
            parameter.grad = _views[i];
            offset += size;
        }
    }

    public Span<float> Values => MemoryMarshal.Cast<byte, float>(_buffer.bytes);

    public void Clear() => Values.Clear();

    public void Add(FlatGradients other)
    {
        Span<float> sum = Values;
        ReadOnlySpan<float> added = other.Values;
        System.Numerics.Tensors.TensorPrimitives.Add(sum, added, sum);
    }

    /// <summary>Gives the L2 norm; not finite if any gradient is not.</summary>
    public double Norm()
    {
        double sum = 0;
        ReadOnlySpan<float> values = Values;
        for (int start = 0; start < values.Length; start += 1 << 16)
            sum += System.Numerics.Tensors.TensorPrimitives.SumOfSquares(values.Slice(start, Math.Min(1 << 16, values.Length - start)));
        return Math.Sqrt(sum);
    }

    public void Dispose()
    {
        foreach (Tensor view in _views)
            view.Dispose();
        _buffer.Dispose();
    }
}
