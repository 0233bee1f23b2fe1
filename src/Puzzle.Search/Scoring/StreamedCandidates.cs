using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>
/// Runs candidates of a streamed parent to the last layer. Each layer is read once for as many candidates as fit: all that started
/// before it move through it together, and those that replace it start. The same operations in the same batches as a resident parent's.
/// </summary>
internal sealed class StreamedCandidates : IDisposable
{
    private const int MinCandidatesPerPass = 8;

    private readonly CausalLanguageModel _parent;
    private readonly IBlockLibrary _library;
    private readonly RotaryTable _rotary;
    private readonly Tensor[] _ids;
    private readonly int _workers;
    private readonly long _elements;
    private readonly TensorStore _boundary;
    private int _boundaryLayer;

    /// <param name="parent">The streamed parent.</param>
    /// <param name="library">Holds the candidates.</param>
    /// <param name="ids">The windows, [B, T] per batch.</param>
    /// <param name="rotary">The rotary table of the windows.</param>
    /// <param name="workers">The most to compute side by side; fewer where memory asks for it.</param>
    /// <exception cref="ArgumentException">The parent's bound on memory leaves too little.</exception>
    public StreamedCandidates(CausalLanguageModel parent, IBlockLibrary library, Tensor[] ids, RotaryTable rotary, int workers)
    {
        (_parent, _library, _ids, _rotary) = (parent, library, ids, rotary);
        long tokens = ids.Max(batch => batch.numel());
        _elements = tokens * parent.Config.HiddenSize;
        _workers = parent.Budget.Workers(workers, MemoryBudget.ScoringBytes(parent.Config, parent.ElementType, tokens), "scoring a block");
        _boundary = Embed();
    }

    /// <summary>Gets the most memory that the parent's log-probabilities may take.</summary>
    public long LogProbabilityBytes => _parent.Budget.ActivationBytes / 4;

    /// <summary>Runs the parent: the residual stream after its last layer, which the caller disposes.</summary>
    public TensorStore RunParent(CancellationToken cancellationToken)
    {
        TensorStore stream = Embed();
        try
        {
            for (int layer = 0; layer < _parent.Config.Layers; layer++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using BlockLease lease = _parent.Borrow(layer);
                Advance(stream, [.. Enumerable.Range(0, _ids.Length)], lease.Block);
            }
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Runs candidates, in passes over the layers.</summary>
    /// <param name="candidates">The candidates.</param>
    /// <param name="finished">Told, on any worker's thread, each candidate's residual stream after the last layer, per batch.</param>
    /// <param name="cancellationToken">Stops between layers and candidates.</param>
    public void Run(IEnumerable<BlockVariant> candidates, Action<BlockVariant, Func<int, Tensor>> finished, CancellationToken cancellationToken)
    {
        long bytes = _ids.Length * _boundary.SlotBytes;
        int perPass = (int)Math.Clamp(_parent.Budget.ActivationBytes / 2 / bytes, MinCandidatesPerPass, int.MaxValue);
        var ordered = candidates.GroupBy(candidate => (candidate.Layer, candidate.Attention)).OrderBy(group => group.Key.Layer).SelectMany(group => group);
        foreach (BlockVariant[] pass in ordered.Chunk(perPass))
            RunPass(pass, finished, cancellationToken);
    }

    public void Dispose() => _boundary.Dispose();

    private void RunPass(BlockVariant[] pass, Action<BlockVariant, Func<int, Tensor>> finished, CancellationToken cancellationToken)
    {
        using TensorStore streams = Store(pass.Length * _ids.Length, 2);
        int lastStart = pass[^1].Layer;
        for (int layer = _boundaryLayer; layer < _parent.Config.Layers; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using BlockLease lease = _parent.Borrow(layer);
            int started = pass.Count(candidate => candidate.Layer < layer);
            Advance(streams, [.. Enumerable.Range(0, started * _ids.Length)], lease.Block);
            var starting = pass.Index().Where(entry => entry.Item.Layer == layer).GroupBy(entry => entry.Item.Attention).ToList();
            TorchWorkers.ForEach(_workers, starting, group => Start([.. group], streams, cancellationToken), cancellationToken);
            // The next pass starts where this one's last candidates do.
            if (layer < lastStart)
            {
                Advance(_boundary, [.. Enumerable.Range(0, _ids.Length)], lease.Block);
                _boundaryLayer = layer + 1;
            }
        }
        TorchWorkers.ForEach(_workers, [.. pass.Index()], entry =>
        {
            using var noGradients = no_grad();
            finished(entry.Item, batch => streams[(entry.Index * _ids.Length) + batch]);
        }, cancellationToken);
    }

    // Candidates that share an attention variant: its output is computed once.
    private void Start((int Index, BlockVariant Candidate)[] group, TensorStore streams, CancellationToken cancellationToken)
    {
        using var noGradients = no_grad();
        using TensorStore attended = Store(_ids.Length, 8 * _workers);
        using (Subblock attention = _library.LoadSubblock(group[0].Candidate.Attention, _parent))
        {
            for (int batch = 0; batch < _ids.Length; batch++)
            {
                using var scope = NewDisposeScope();
                attended.Set(batch, attention.Forward(_boundary[batch], _rotary));
            }
        }
        foreach ((int index, BlockVariant candidate) in group)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using Subblock ffn = _library.LoadSubblock(candidate.Ffn, _parent);
            for (int batch = 0; batch < _ids.Length; batch++)
            {
                using var scope = NewDisposeScope();
                streams.Set((index * _ids.Length) + batch, ffn.Forward(attended[batch], _rotary));
            }
        }
    }

    private void Advance(TensorStore streams, IReadOnlyList<int> indexes, TransformerBlock block) =>
        TorchWorkers.ForEach(_workers, indexes, index =>
        {
            using var noGradients = no_grad();
            streams.Set(index, block.Forward(streams[index], _rotary));
        }, CancellationToken.None);

    private TensorStore Embed()
    {
        TensorStore stream = Store(_ids.Length, 8);
        for (int batch = 0; batch < _ids.Length; batch++)
        {
            using var scope = NewDisposeScope();
            stream.Set(batch, _parent.Embed(_ids[batch]));
        }
        return stream;
    }

    private TensorStore Store(int count, int share) =>
        new(count, _elements, _parent.ElementType, _parent.ElementType, _parent.Device, _parent.Budget.ActivationBytes / share, _parent.Budget.ScratchFolder);
}
