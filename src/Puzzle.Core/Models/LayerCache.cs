using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Keys and values of one attention layer, in buffers allocated once.</summary>
public sealed class LayerCache : IDisposable
{
    private readonly OpenCalls _calls = new(typeof(LayerCache));
    private readonly Tensor _keys;
    private readonly Tensor _values;

    /// <summary>Allocates the buffers.</summary>
    /// <param name="batch">Sequences B.</param>
    /// <param name="keyValueHeads">Key-value heads K.</param>
    /// <param name="capacity">The most tokens a sequence may have.</param>
    /// <param name="headSize">Head size H.</param>
    /// <param name="device">Where.</param>
    /// <param name="type">Element type.</param>
    public LayerCache(long batch, int keyValueHeads, int capacity, int headSize, Device device, ScalarType type)
    {
        _keys = empty([batch, keyValueHeads, capacity, headSize], type, device).DetachFromDisposeScope();
        _values = empty([batch, keyValueHeads, capacity, headSize], type, device).DetachFromDisposeScope();
        Capacity = capacity;
    }

    /// <summary>Gets the most tokens a sequence may have.</summary>
    public int Capacity { get; }

    /// <summary>Gets the number of tokens held.</summary>
    public int Length { get; private set; }

    /// <summary>Forgets all tokens after the first <paramref name="length"/>.</summary>
    /// <param name="length">The number of tokens to keep.</param>
    /// <exception cref="ObjectDisposedException">The cache is disposed.</exception>
    public void Truncate(int length)
    {
        _calls.Check();
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_calls.Close())
            return;
        _keys.Dispose();
        _values.Dispose();
    }

    /// <summary>Appends T tokens and gives views of all of them, [B, K, Length, H] each.</summary>
    internal (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values)
    {
        using OpenCalls.Call call = _calls.Enter();
        int added = (int)keys.size(2);
        if (added > Capacity - Length)
            throw new InvalidOperationException($"The key-value cache holds {Capacity} tokens; {Length + added} are needed.");
        _keys.narrow(2, Length, added).copy_(keys);
        _values.narrow(2, Length, added).copy_(values);
        Length += added;
        return (_keys.narrow(2, 0, Length), _values.narrow(2, 0, Length));
    }
}
