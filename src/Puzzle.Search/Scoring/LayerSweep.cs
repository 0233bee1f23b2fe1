using Puzzle.Checkpoints;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Scoring;
using Puzzle.Sizing;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>
/// Puts blocks into a model one at a time and runs each to the last layer. Layers are visited in order with one rolling boundary, so a
/// candidate at layer i costs layers i to the last only, and candidates that share an attention variant share its output. In a resident
/// model a candidate runs to the end at once. In a streamed one all candidates under way move through the layers together, so that each
/// layer is read once for as many as fit. The operations and batches are the same, and so are the bits.
/// </summary>
internal sealed class LayerSweep : IDisposable
{
    // Each pass reads every layer again: fewer candidates would make reading the larger part of the work.
    private const int MinCandidatesPerPass = 8;

    private readonly ScoringRequest _request;
    private readonly CausalLanguageModel _parent;
    private readonly IReadOnlyList<Tensor> _ids;
    private readonly RotaryTable[] _rotary;
    private readonly bool _sharesPrefixes;
    private readonly long _elements;
    private readonly ChosenModel _model;
    private readonly TensorStore _boundary;
    private int _boundaryLayer;

    /// <param name="request">The parent, the library of candidates, and what they are put beside.</param>
    /// <param name="ids">What is run, [B, T] per batch; not disposed.</param>
    /// <param name="workers">The most to compute side by side; fewer where memory asks for it.</param>
    /// <param name="sharesPrefixes">False to run every candidate through the whole of a resident model, which gives the same.</param>
    /// <exception cref="ArgumentException">The parent's bound on memory leaves too little.</exception>
    public LayerSweep(ScoringRequest request, IReadOnlyList<Tensor> ids, int workers, bool sharesPrefixes = true)
    {
        (_request, _parent, _ids) = (request, request.Parent, ids);
        _sharesPrefixes = sharesPrefixes || _parent.IsStreamed;
        _rotary = [.. ids.Select(batch => _parent.Rotary.At(0, (int)batch.size(1)))];
        long tokens = ids.Max(batch => batch.numel());
        _elements = tokens * _parent.Config.HiddenSize;
        int windows = (int)ids.Max(batch => batch.size(0)), length = (int)ids.Max(batch => batch.size(1));
        long each = MemoryOf(_parent, length).CandidateBytes(windows, (int)ids.Sum(batch => batch.size(0)), hasParent: false);
        Workers = _parent.IsStreamed
            ? _parent.Budget.Workers(TorchWorkers.On(_parent.Device, workers), each, "scoring a block")
            : (int)Math.Clamp(MemoryBudget.RoomBeside(_parent) / 2 / each, 1, TorchWorkers.On(_parent.Device, workers));
        _model = new ChosenModel(request, request.Beside);
        _boundary = Embed();
    }

    /// <summary>Gets the number of workers that fit.</summary>
    public int Workers { get; }

    /// <summary>Gets who is asked before each candidate; null if all are this process's.</summary>
    public SharedCandidates? Shared { get; init; }

    /// <summary>Gets a value indicating whether the caller goes on in smaller batches where memory runs out, so that no candidate has
    /// failed.</summary>
    public bool MaySplit { get; init; }

    /// <summary>Gets the most memory that the parent's log-probabilities may take.</summary>
    public long LogProbabilityBytes => _parent.IsStreamed ? _parent.Budget.ActivationBytes / 4 : MemoryBudget.RoomBeside(_parent) / 4;

    /// <summary>Gives the closed forms for a parent.</summary>
    public static ScoringMemory MemoryOf(CausalLanguageModel parent, int windowTokens) => new(
        parent.Config, windowTokens, TokenMetrics.RowsPerChunk(parent.Config.VocabularySize),
        (int)TensorTypes.ElementBytes(parent.ElementType));

    /// <summary>Runs the parent itself: the residual stream after its last layer, which the caller disposes.</summary>
    public TensorStore RunParent(CancellationToken cancellationToken)
    {
        TensorStore stream = Embed();
        try
        {
            using var own = new ChosenModel(_request, null);
            for (int layer = 0; layer < _parent.Config.Layers; layer++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                own.With(layer, chosen => Advance(stream, _ids.Count, chosen));
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

    /// <summary>Runs candidates. Once only: the boundary has moved then.</summary>
    /// <param name="candidates">The candidates.</param>
    /// <param name="finished">Told, on any worker's thread, each candidate and what gives its residual stream after the last layer, per
    /// batch.</param>
    /// <param name="cancellationToken">Stops between layers and candidates.</param>
    public void Run(
        IEnumerable<BlockVariant> candidates, Action<BlockVariant, Func<int, Tensor>> finished, CancellationToken cancellationToken)
    {
        long bytes = _ids.Count * _boundary.SlotBytes;
        int perPass = (int)Math.Clamp(_parent.Budget.ActivationBytes / 2 / bytes, MinCandidatesPerPass, int.MaxValue);
        var ordered = candidates.GroupBy(candidate => (candidate.Layer, candidate.Attention))
            .OrderBy(group => group.Key.Layer)
            .SelectMany(group => group);
        foreach (BlockVariant[] pass in ordered.Chunk(perPass))
            new Pass(this, pass, finished, cancellationToken).Run();
    }

    public void Dispose()
    {
        _boundary.Dispose();
        _model.Dispose();
    }

    private void Advance(TensorStore streams, int count, ChosenLayer layer) =>
        TorchWorkers.ForEach(Workers, [.. Enumerable.Range(0, count)], index =>
        {
            using var noGradients = no_grad();
            streams.Set(index, layer.Forward(streams[index], _rotary[index % _ids.Count]));
        }, CancellationToken.None);

    private TensorStore Embed()
    {
        TensorStore stream = Store(_ids.Count, 8);
        for (int batch = 0; batch < _ids.Count; batch++)
        {
            using var scope = NewDisposeScope();
            stream.Set(batch, _parent.EmbedKnown(_ids[batch]));
        }
        return stream;
    }

    private TensorStore Store(int count, int share) =>
        new(
            count, _elements, _parent.ElementType, _parent.ElementType, _parent.Device, _parent.Budget.ActivationBytes / share,
            _parent.Budget.ScratchFolder);

    /// <summary>Candidates that go through the layers together.</summary>
    private sealed class Pass(
        LayerSweep sweep, BlockVariant[] candidates, Action<BlockVariant, Func<int, Tensor>> finished, CancellationToken cancellationToken)
    {
        private readonly bool _streamed = sweep._parent.IsStreamed;
        private readonly int _batches = sweep._ids.Count;
        private readonly bool[] _left = new bool[candidates.Length];

        public void Run()
        {
            using TensorStore underWay = _streamed ? sweep.Store(candidates.Length * _batches, 2) : TensorStore.Empty;
            int lastStart = candidates[^1].Layer, end = _streamed ? sweep._parent.Config.Layers : lastStart + 1;
            for (int layer = sweep._boundaryLayer; layer < end; layer++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // Lent meanwhile: a candidate's half that is the parent's own is not read again.
                sweep._model.With(layer, chosen => Visit(layer, lastStart, chosen, underWay));
            }
            if (_streamed)
                Finish(underWay);
        }

        private void Visit(int layer, int lastStart, ChosenLayer chosen, TensorStore underWay)
        {
            if (_streamed)
                sweep.Advance(underWay, candidates.Count(candidate => candidate.Layer < layer) * _batches, chosen);
            // The largest group first, so that no worker is left alone with it.
            var starting = candidates.Index().Where(entry => entry.Item.Layer == layer)
                .GroupBy(entry => sweep._sharesPrefixes ? (object)entry.Item.Attention : entry.Index)
                    .Select(group => group.ToArray())
                    .OrderByDescending(group => group.Length)
                    .ToList();
            TorchWorkers.ForEach(sweep.Workers, starting, group => Start(group, underWay), cancellationToken);
            sweep._parent.Budget.Trim();
            // The next pass starts where this one's last candidates do.
            if (layer < lastStart)
            {
                sweep.Advance(sweep._boundary, _batches, chosen);
                sweep._boundaryLayer = layer + 1;
            }
        }

        // Candidates that share an attention variant: its output is computed once.
        private void Start((int Index, BlockVariant Candidate)[] group, TensorStore underWay)
        {
            using var noGradients = no_grad();
            CausalLanguageModel parent = sweep._parent;
            int layer = group[0].Candidate.Layer;
            using TensorStore attended = sweep.Store(_batches, 8 * sweep.Workers);
            using (Subblock attention = sweep._request.Library.LoadSubblock(group[0].Candidate.Attention, parent))
            {
                for (int batch = 0; batch < _batches; batch++)
                {
                    using var scope = NewDisposeScope();
                    RotaryTable rotary = sweep._rotary[batch];
                    Tensor before = sweep._sharesPrefixes
                        ? sweep._boundary[batch]
                        : sweep._model.Forward(parent.EmbedKnown(sweep._ids[batch]), 0, layer, rotary);
                    attended.Set(batch, attention.Forward(before, rotary));
                }
            }
            foreach ((int index, BlockVariant candidate) in group)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _left[index] = sweep.Shared?.TryBegin(candidate) == false;
                if (_left[index])
                    continue;
                using Subblock ffn = sweep._request.Library.LoadSubblock(candidate.Ffn, parent);
                Tensor After(int batch) => ffn.Forward(attended[batch], sweep._rotary[batch]);
                if (!_streamed)
                {
                    End(candidate, batch => sweep._model.Forward(After(batch), layer + 1, parent.Config.Layers, sweep._rotary[batch]));
                    continue;
                }
                for (int batch = 0; batch < _batches; batch++)
                {
                    using var scope = NewDisposeScope();
                    underWay.Set((index * _batches) + batch, After(batch));
                }
            }
        }

        private void End(BlockVariant candidate, Func<int, Tensor> lastHidden)
        {
            try
            {
                finished(candidate, lastHidden);
            }
            catch (Exception cause) when (!(sweep.MaySplit && OutOfMemory.Is(cause)) && sweep.Shared?.Fail(candidate, cause) == true)
            {
                // Noted there; the others go on.
            }
        }

        private void Finish(TensorStore underWay)
        {
            (int Index, BlockVariant Candidate)[] own = [.. candidates.Index().Where(entry => !_left[entry.Index])];
            TorchWorkers.ForEach(sweep.Workers, own, entry =>
            {
                using var noGradients = no_grad();
                End(entry.Candidate, batch => underWay[(entry.Index * _batches) + batch]);
                sweep._parent.Budget.Trim();
            }, cancellationToken);
        }
    }
}
