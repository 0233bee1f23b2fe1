using Puzzle.Architectures;
using Puzzle.Checkpoints;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>A checkpoint's layers, each in memory only while it is borrowed and never more than two at once; embeddings are read row by
/// row.</summary>
internal sealed class LayerStream : IDisposable
{
    /// <summary>The most layers in memory. Two, so that two threads at different layers do not wait for each other all the time.</summary>
    public const int MaxLoadedLayers = 2;

    private readonly CheckpointFolder _checkpoint;
    private readonly ScalarType _type;
    private readonly Device _device;
    private readonly object _gate = new();
    private readonly Dictionary<int, Loaded> _loaded = [];
    private bool _isClosed;

    /// <param name="checkpoint">Owned from here on.</param>
    /// <param name="type">The compute type.</param>
    /// <param name="device">Where weights go.</param>
    public LayerStream(CheckpointFolder checkpoint, ScalarType type, Device device) =>
        (_checkpoint, _type, _device) = (checkpoint, type, device);

    /// <summary>Gets the most layers that were in memory at once.</summary>
    public int PeakLoadedLayers { get; private set; }

    /// <summary>Gets how often a layer was read from the checkpoint.</summary>
    public int Reads { get; private set; }

    /// <summary>Lends a layer, reading it unless it is in use already; waits while two others are.</summary>
    public BlockLease Borrow(int layer)
    {
        Loaded entry;
        lock (_gate)
        {
            while (!_isClosed && !_loaded.ContainsKey(layer) && _loaded.Count == MaxLoadedLayers)
                Monitor.Wait(_gate);
            ObjectDisposedException.ThrowIf(_isClosed, typeof(CausalLanguageModel));
            if (!_loaded.TryGetValue(layer, out entry!))
            {
                _loaded.Add(layer, entry = new Loaded(() => Load(layer)));
                Reads++;
                PeakLoadedLayers = Math.Max(PeakLoadedLayers, _loaded.Count);
            }
            entry.Users++;
        }
        try
        {
            return new BlockLease(entry.Block.Value, () => Return(layer, entry));
        }
        catch
        {
            Return(layer, entry);
            throw;
        }
    }

    /// <summary>Reads a weight by its whole name, converted to the compute type; the caller owns it.</summary>
    public Tensor Read(string name, CancellationToken cancellationToken = default) =>
        _checkpoint.ReadAs(name, _type, _device, cancellationToken);

    /// <summary>Reads rows of the embedding, [ids, D].</summary>
    public Tensor ReadEmbeddings(ReadOnlySpan<long> ids)
    {
        using var scope = NewDisposeScope();
        return _checkpoint.ReadEmbeddings(ids).to(_type).to(_device).MoveToOuterDisposeScope();
    }

    /// <summary>Lends nothing any more, also to those who wait.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }
    }

    public void Dispose()
    {
        Close();
        Loaded[] loaded;
        lock (_gate)
            loaded = [.. _loaded.Values];
        foreach (Loaded entry in loaded)
            entry.Dispose();
        _checkpoint.Dispose();
    }

    private TransformerBlock Load(int layer)
    {
        using var noGradients = no_grad();
        string prefix = WeightNames.LayerPrefix(layer);
        return TransformerBlock.Create(_checkpoint.Config, _checkpoint.Config.Architecture[layer], name => Read(prefix + name));
    }

    private void Return(int layer, Loaded entry)
    {
        lock (_gate)
        {
            if (--entry.Users > 0)
                return;
            _loaded.Remove(layer);
            entry.Dispose();
            Monitor.PulseAll(_gate);
        }
    }

    private sealed class Loaded(Func<TransformerBlock> load) : IDisposable
    {
        public Lazy<TransformerBlock> Block { get; } = new(load);

        public int Users { get; set; }

        public void Dispose()
        {
            if (Block.IsValueCreated)
                Block.Value.Dispose();
        }
    }
}
