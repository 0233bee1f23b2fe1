using static TorchSharp.torch;

namespace Puzzle.Native;

/// <summary>A sum of scalars in 64 bits that stays on their device until it is read.</summary>
internal sealed class DeviceSum : IDisposable
{
    private readonly Tensor _sum;

    /// <param name="device">Where the scalars are.</param>
    public DeviceSum(Device device) => _sum = zeros([], ScalarType.Float64, device).DetachFromDisposeScope();

    /// <summary>Gets the sum so far, a scalar; it changes with each addition.</summary>
    public Tensor Value => _sum;

    /// <summary>Adds a scalar of any type.</summary>
    public void Add(Tensor scalar)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        _sum.add_(scalar.detach().to(ScalarType.Float64), Scalars.One);
    }

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        _sum.zero_();
    }

    public void Dispose() => _sum.Dispose();
}
