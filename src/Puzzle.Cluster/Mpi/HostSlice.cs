using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Puzzle.Cluster.Mpi;

/// <summary>Consecutive elements of a tensor as the host's memory shows them: the tensor's own on the CPU, a copy of another device's.
/// The caller's dispose scope owns what is made.</summary>
internal readonly struct HostSlice
{
    private readonly Tensor _view;
    private readonly Tensor _host;

    /// <param name="tensor">Contiguous.</param>
    /// <param name="start">The first element.</param>
    /// <param name="length">Their number.</param>
    public HostSlice(Tensor tensor, long start, long length)
    {
        _view = tensor.detach().view(-1).narrow(0, start, length);
        _host = _view.cpu();
    }

    public Span<byte> Bytes => _host.bytes;

    public Span<float> Floats => MemoryMarshal.Cast<byte, float>(_host.bytes);

    /// <summary>Gives the tensor what was written to the host's memory.</summary>
    public void Put()
    {
        if (_view.device_type != TorchSharp.DeviceType.CPU)
            _view.copy_(_host);
    }
}
