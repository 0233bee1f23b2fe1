using Puzzle.Architectures;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>The key-value caches of a model's attention layers; layers without attention have none.</summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly OpenCalls _calls = new(typeof(KeyValueCache));
    private readonly LayerCache?[] _layers;
    private readonly Tensor? _ids;
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
            ? new LayerCache(batch, gqa.KeyValueHeads, capacity, model.Config.HeadSize, model.Device, model.ElementType, gqa.Window)
            : null)];
        (Capacity, _batch) = (capacity, batch);
        if (model.Config.Rotaries.Any(rotary => rotary.Scaling is { DependsOnLength: true }))
            _ids = empty([batch, capacity], ScalarType.Int64, model.Device).DetachFromDisposeScope();
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

    /// <summary>Gets the memory of the keys and values in bytes.</summary>
    public long Bytes => _layers.Sum(layer => layer?.Bytes ?? 0);

    /// <summary>Forgets all tokens after the first <paramref name="length"/>.</summary>
    /// <param name="length">The number of tokens to keep.</param>
    /// <exception cref="InvalidOperationException">The tokens that the next one would see have already left a layer's window.</exception>
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
        _ids?.Dispose();
    }

    /// <summary>Goes back to a length without asking whether windows still hold its tokens: for measuring time.</summary>
    internal void Rewind(int length)
    {
        foreach (LayerCache? layer in _layers)
            layer?.Rewind(length);
        Length = length;
    }

    /// <summary>
    /// Gives the tokens that have to be computed when some are appended: these, or all from the first on where the longer text rotates
    /// by other frequencies than what is kept, which is then forgotten.
    /// </summary>
    /// <param name="ids">The tokens to append, [B, T].</param>
    /// <param name="rotary">The model's rotary embeddings.</param>
    internal Tensor Take(Tensor ids, RotaryEmbedding rotary)
    {
        if (_ids is null)
            return ids;
        int added = (int)ids.size(1), end = Length + added;
        _ids.narrow(1, Length, added).copy_(ids);
        if (Length == 0 || rotary.IsSame(Length, end))
            return ids;
        Rewind(0);
        return _ids.narrow(1, 0, end);
    }

    internal void Advance(int tokens) => Length += tokens;

    /// <summary>Checks that tokens can be appended.</summary>
    internal void Require(Tensor ids)
    {
        _calls.Check();
        if (ids.size(0) != _batch)
            throw new ArgumentException($"There are ids of {ids.size(0)} sequences; the cache is for {_batch}.", nameof(ids));
        if (ids.size(1) > Capacity - Length)
            throw new ArgumentException(
                $"The cache holds {Capacity} tokens of a sequence; {Length + ids.size(1)} are needed.", nameof(ids));
    }
}
