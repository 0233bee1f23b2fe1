using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Models;

/// <summary>The key-value caches of a model's attention layers; layers without attention have none.</summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly OpenCalls _calls = new(typeof(KeyValueCache));
    private readonly LayerCache?[] _layers;
    private readonly int _batch;

    /// <summary>Allocates the caches of a model.</summary>
    /// <param name="model">The model they serve.</param>
    /// <param name="batch">Sequences decoded together.</param>
    /// <param name="capacity">The most tokens a sequence may have, at most the model's max positions.</param>
    public KeyValueCache(CausalLanguageModel model, int batch, int capacity)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, model.Config.MaxPositions);
        _layers = [.. model.Config.Architecture.Select(block => block.Attention is GroupedQueryAttentionConfig gqa
            ? new LayerCache(batch, gqa.KeyValueHeads, capacity, model.Config.HeadSize, model.Device, model.ElementType)
            : null)];
        (Capacity, _batch) = (capacity, batch);
    }

    /// <summary>Gets the most tokens a sequence may have.</summary>
    public int Capacity { get; }

    /// <summary>Gets the number of tokens every sequence has so far.</summary>
    public int Length { get; private set; }

    /// <summary>Gets a layer's cache; null where the layer has no attention.</summary>
    /// <param name="layer">The layer.</param>
    /// <exception cref="ObjectDisposedException">The cache is disposed.</exception>
    public LayerCache? this[int layer]
    {
        get
        {
            _calls.Check();
            return _layers[layer];
        }
    }

    /// <summary>Forgets all tokens after the first <paramref name="length"/>.</summary>
    /// <param name="length">The number of tokens to keep.</param>
    /// <exception cref="ObjectDisposedException">The cache is disposed.</exception>
    public void Truncate(int length)
    {
        _calls.Check();
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        foreach (LayerCache? layer in _layers)
            layer?.Truncate(length);
        Length = length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_calls.Close())
            return;
        foreach (LayerCache? layer in _layers)
            layer?.Dispose();
    }

    internal void Advance(int tokens) => Length += tokens;

    /// <summary>Checks that tokens can be appended.</summary>
    internal void Require(TorchSharp.torch.Tensor ids)
    {
        _calls.Check();
        if (ids.size(0) != _batch)
            throw new ArgumentException($"There are ids of {ids.size(0)} sequences; the cache is for {_batch}.", nameof(ids));
        if (ids.size(1) > Capacity - Length)
            throw new ArgumentException($"The cache holds {Capacity} tokens of a sequence; {Length + ids.size(1)} are needed.", nameof(ids));
    }
}
