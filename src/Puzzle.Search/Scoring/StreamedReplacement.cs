using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Scoring;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>
/// Puts blocks into a model of a streamed parent one at a time and runs them to the last layer. Each layer is read once for as many
/// candidates as fit: all that start below it move through it together, those that replace it start. The operations and batches
/// are those of a resident parent's candidates, and so are the bits.
/// </summary>
internal sealed class StreamedReplacement : IDisposable
{
    private const int MinCandidatesPerPass = 8;

    private readonly CausalLanguageModel _parent;
    private readonly ScoringRequest _request;
    private readonly RotaryTable _rotary;
    private readonly Tensor[] _ids;
    private readonly long _elements;
    private readonly TensorStore _boundary;
    private int _boundaryLayer;

    /// <param name="request">The streamed parent, and the library of candidates.</param>
    /// <param name="ids">The windows, [B, T] per batch.</param>
    /// <param name="rotary">The rotary table of the windows.</param>
    /// <param name="workers">The most to compute side by side; fewer where memory asks for it.</param>
    /// <exception cref="ArgumentException">The parent's bound on memory leaves too little.</exception>
    public StreamedReplacement(ScoringRequest request, Tensor[] ids, RotaryTable rotary, int workers)
    {
        (_request, _parent, _ids, _rotary) = (request, request.Parent, ids, rotary);
        long tokens = ids.Max(batch => batch.numel());
        _elements = tokens * _parent.Config.HiddenSize;
        Workers = _parent.Budget.Workers(workers, MemoryBudget.ScoringBytes(_parent.Config, _parent.ElementType, tokens), "scoring a block");
        _boundary = Embed();
    }

    /// <summary>Gets the number of workers that fit.</summary>
    public int Workers { get; }

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
                using var own = new ChosenLayer(_request, layer, null);
                Advance(stream, _ids.Length, own);
                _parent.Budget.Trim();
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
            // Borrowed meanwhile: a candidate's half that is the parent's own is not read again.
            using var chosen = new ChosenLayer(_request, layer, _request.Beside?[layer]);
            Advance(streams, pass.Count(candidate => candidate.Layer < layer) * _ids.Length, chosen);
            var starting = pass.Index().Where(entry => entry.Item.Layer == layer).GroupBy(entry => entry.Item.Attention).ToList();
            TorchWorkers.ForEach(Workers, starting, group => Start([.. group], streams, cancellationToken), cancellationToken);
            _parent.Budget.Trim();
            // The next pass starts where this one's last candidates do.
            if (layer < lastStart)
            {
                Advance(_boundary, _ids.Length, chosen);
                _boundaryLayer = layer + 1;
            }
        }
        TorchWorkers.ForEach(Workers, [.. pass.Index()], entry =>
        {
            using var noGradients = no_grad();
            finished(entry.Item, batch => streams[(entry.Index * _ids.Length) + batch]);
            _parent.Budget.Trim();
        }, cancellationToken);
    }

    // Candidates that share an attention variant: its output is computed once.
    private void Start((int Index, BlockVariant Candidate)[] group, TensorStore streams, CancellationToken cancellationToken)
    {
        using var noGradients = no_grad();
        using TensorStore attended = Store(_ids.Length, 8 * Workers);
        using (Subblock attention = _request.Library.LoadSubblock(group[0].Candidate.Attention, _parent))
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
            using Subblock ffn = _request.Library.LoadSubblock(candidate.Ffn, _parent);
            for (int batch = 0; batch < _ids.Length; batch++)
            {
                using var scope = NewDisposeScope();
                streams.Set((index * _ids.Length) + batch, ffn.Forward(attended[batch], _rotary));
            }
        }
    }

    private void Advance(TensorStore streams, int count, ChosenLayer layer) =>
        TorchWorkers.ForEach(Workers, [.. Enumerable.Range(0, count)], index =>
        {
            using var noGradients = no_grad();
            streams.Set(index, layer.Forward(streams[index], _rotary));
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
