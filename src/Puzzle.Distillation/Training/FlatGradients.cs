using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Puzzle.Distillation.Training;

/// <summary>The gradients of some parameters of one device in one 32-bit buffer, into which autograd accumulates in place.</summary>
internal sealed class FlatGradients : IDisposable
{
    private readonly Tensor _buffer;
    private readonly Tensor[] _views;

    /// <param name="parameters">Leaf tensors; from here on they require gradients, which land in this buffer.</param>
    public FlatGradients(IReadOnlyList<Tensor> parameters)
    {
        long total = parameters.Sum(parameter => parameter.numel());
        _buffer = zeros(total, ScalarType.Float32, parameters.Count > 0 ? parameters[0].device : CPU).DetachFromDisposeScope();
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

    /// <summary>Gets all gradients, [total].</summary>
    public Tensor Buffer => _buffer;

    /// <summary>Gets all gradients; on the CPU only.</summary>
    public Span<float> Values => MemoryMarshal.Cast<byte, float>(_buffer.bytes);

    private bool OnCpu => _buffer.device_type == DeviceType.CPU;

    public void Clear()
    {
        if (OnCpu)
        {
            Values.Clear();
            return;
        }
        using var scope = NewDisposeScope();
        _buffer.zero_();
    }

    public void Add(FlatGradients other)
    {
        using var noGradients = no_grad();
        if (OnCpu)
            TensorPrimitives.Add(Values, other.Values, Values);
        else
            _buffer.add_(other._buffer, Scalars.One);
    }

    /// <summary>Gives the L2 norm; not finite if any gradient is not.</summary>
    public double Norm()
    {
        if (!OnCpu)
        {
            using var scope = NewDisposeScope();
            return _buffer.norm().item<float>();
        }
        double sum = 0;
        ReadOnlySpan<float> values = Values;
        for (int start = 0; start < values.Length; start += 1 << 16)
            sum += TensorPrimitives.SumOfSquares(values.Slice(start, Math.Min(1 << 16, values.Length - start)));
        return Math.Sqrt(sum);
    }

    public void Dispose()
    {
        foreach (Tensor view in _views)
            view.Dispose();
        _buffer.Dispose();
    }
}
