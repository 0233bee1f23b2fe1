using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Keys and values of one attention layer, in buffers allocated once; of a layer with a window only the window's.</summary>
public sealed class LayerCache : IDisposable
{
    private readonly OpenCalls _calls = new(typeof(LayerCache));
    private readonly Tensor _keys;
    private readonly Tensor _values;
    private readonly int _slots;

    /// <summary>Allocates the buffers.</summary>
    /// <param name="batch">Sequences B.</param>
    /// <param name="keyValueHeads">Key-value heads K.</param>
    /// <param name="capacity">The most tokens a sequence may have.</param>
    /// <param name="headSize">Head size H.</param>
    /// <param name="device">Where.</param>
    /// <param name="type">Element type.</param>
    /// <param name="window">The layer's window in tokens; null for none.</param>
    public LayerCache(long batch, int keyValueHeads, int capacity, int headSize, Device device, ScalarType type, int? window = null)
    {
        _slots = Math.Min(capacity, window ?? capacity);
        _keys = empty([batch, keyValueHeads, _slots, headSize], type, device).DetachFromDisposeScope();
        _values = empty([batch, keyValueHeads, _slots, headSize], type, device).DetachFromDisposeScope();
        Capacity = capacity;
    }

    /// <summary>Gets the most tokens a sequence may have.</summary>
    public int Capacity { get; }

    /// <summary>Gets the number of tokens so far; the last ones are held, as many as the window has.</summary>
    public int Length { get; private set; }

    /// <summary>Gets the memory of the buffers in bytes.</summary>
    public long Bytes => 2 * _keys.numel() * _keys.element_size();

    /// <summary>Forgets all tokens after the first <paramref name="length"/>.</summary>
    /// <param name="length">The number of tokens to keep.</param>
    /// <exception cref="InvalidOperationException">The tokens that the next one would see have already left the window.</exception>
    /// <exception cref="ObjectDisposedException">The cache is disposed.</exception>
    public void Truncate(int length)
    {
        if (length > 0 && Math.Max(0, length - _slots + 1) < Length - _slots)
            throw new InvalidOperationException(
                $"The window holds the last {_slots} of {Length} tokens; the first {length} cannot be gone back to.");
        Rewind(length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_calls.Close())
            return;
        _keys.Dispose();
        _values.Dispose();
    }

    /// <summary>Goes back to a length without asking whether the window still holds its tokens: for measuring time.</summary>
    internal void Rewind(int length)
    {
        _calls.Check();
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <summary>Appends T tokens and gives all that they see, [B, K, S, H] each: in order, but for a single token beyond the
    /// window.</summary>
    internal (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values)
    {
        using OpenCalls.Call call = _calls.Enter();
        int added = (int)keys.size(2);
        if (added > Capacity - Length)
            throw new InvalidOperationException($"The key-value cache holds {Capacity} tokens; {Length + added} are needed.");
        if (added > 1 && Length + added > _slots)
            return AppendBeyondWindow(keys, values, added);
        // A token's slot is its position, modulo the window.
        int slot = Length % _slots;
        _keys.narrow(2, slot, added).copy_(keys);
        _values.narrow(2, slot, added).copy_(values);
        Length += added;
        int held = Math.Min(Length, _slots);
        return (_keys.narrow(2, 0, held), _values.narrow(2, 0, held));
    }

    private (Tensor Keys, Tensor Values) AppendBeyondWindow(Tensor keys, Tensor values, int added)
    {
        (Tensor allKeys, Tensor allValues) = (Ordered(_keys, keys), Ordered(_values, values));
        int end = Length + added, first = end - _slots, split = first % _slots;
        Keep(_keys, allKeys, split);
        Keep(_values, allValues, split);
        Length = end;
        return (allKeys, allValues);
    }

    // The tokens held, the oldest first, and the new ones.
    private Tensor Ordered(Tensor slots, Tensor added)
    {
        int split = Length % _slots;
        if (Length == 0)
            return added;
        return Length <= _slots
            ? cat([slots.narrow(2, 0, Length), added], 2)
            : cat([slots.narrow(2, split, _slots - split), slots.narrow(2, 0, split), added], 2);
    }

    // The last tokens go to their slots; the first of them to slot `split`.
    private void Keep(Tensor slots, Tensor all, int split)
    {
        Tensor last = all.narrow(2, all.size(2) - _slots, _slots);
        slots.narrow(2, split, _slots - split).copy_(last.narrow(2, 0, _slots - split));
        if (split > 0)
            slots.narrow(2, 0, split).copy_(last.narrow(2, _slots - split, split));
    }
}
