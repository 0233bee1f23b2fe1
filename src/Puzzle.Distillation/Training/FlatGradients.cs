using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Puzzle.Checkpoints;
using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Puzzle.Distillation.Training;

/// <summary>The gradients of some parameters of one device and type in one buffer, into which autograd accumulates in place.</summary>
internal sealed class FlatGradients : IDisposable
{
    private readonly Tensor _buffer;
    private readonly Tensor[] _views;

    /// <param name="parameters">Leaf tensors; from here on they require gradients, which land in this buffer.</param>
    public FlatGradients(IReadOnlyList<Tensor> parameters)
        : this(parameters, parameters.Count > 0 ? parameters[0].dtype : ScalarType.Float32)
    {
        for (int i = 0; i < parameters.Count; i++)
        {
            parameters[i].requires_grad_(true);
            parameters[i].grad = _views[i];
        }
    }

    private FlatGradients(IReadOnlyList<Tensor> shapes, ScalarType type)
    {
        _buffer = zeros(shapes.Sum(shape => shape.numel()), type, shapes.Count > 0 ? shapes[0].device : CPU).DetachFromDisposeScope();
        _views = new Tensor[shapes.Count];
        long offset = 0;
        for (int i = 0; i < shapes.Count; i++)
        {
            using var scope = NewDisposeScope();
            _views[i] = _buffer.narrow(0, offset, shapes[i].numel()).view(shapes[i].shape).DetachFromDisposeScope();
            offset += shapes[i].numel();
        }
    }

    /// <summary>Gets all gradients, [total].</summary>
    public Tensor Buffer => _buffer;

    /// <summary>Gives an empty buffer for sums of these gradients, 32-bit.</summary>
    public FlatGradients Wider() => new(_views, ScalarType.Float32);

    public void Clear()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        _buffer.zero_();
    }

    /// <summary>Adds these gradients to sums and sets them to zero.</summary>
    public void MoveTo(FlatGradients sums)
    {
        using var noGradients = no_grad();
        sums._buffer.add_(_buffer, Scalars.One);
        Clear();
    }

    /// <summary>Adds the gradient of one parameter to its sum and sets it to zero.</summary>
    public void MoveTo(FlatGradients sums, int parameter)
    {
        using var noGradients = no_grad();
        sums._views[parameter].add_(_views[parameter], Scalars.One);
        _views[parameter].zero_();
    }

    /// <summary>Gives the L2 norm and the values of scalars on the same device, all in one read.</summary>
    /// <param name="place">Where, for those who count reads.</param>
    /// <param name="scalars">Losses.</param>
    public (double[] Scalars, double Norm) ReadNorm(string place, params IReadOnlyList<Tensor> scalars)
    {
        if (_buffer.device_type == DeviceType.CPU)
            return (HostRead.Scalars(place, scalars), Norm());
        using var scope = NewDisposeScope();
        double[] read = HostRead.Scalars(place, [.. scalars, _buffer.norm()]);
        return (read[..^1], read[^1]);
    }

    /// <summary>Gives the L2 norm of gradients on the CPU; not finite if any gradient is not.</summary>
    /// <param name="partBytes">The most bytes looked at through one span, which cannot cover more than 2 GB; a multiple of 256 KiB.</param>
    public double Norm(long partBytes = 1L << 30)
    {
        using var scope = NewDisposeScope();
        double sum = 0;
        foreach ((Tensor part, _) in TensorBytes.Parts(_buffer, partBytes))
        {
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(part.bytes);
            for (int start = 0; start < values.Length; start += 1 << 16)
                sum += TensorPrimitives.SumOfSquares(values.Slice(start, Math.Min(1 << 16, values.Length - start)));
            GC.KeepAlive(part);
        }
        return Math.Sqrt(sum);
    }

    public void Dispose()
    {
        foreach (Tensor view in _views)
            view.Dispose();
        _buffer.Dispose();
    }
}
