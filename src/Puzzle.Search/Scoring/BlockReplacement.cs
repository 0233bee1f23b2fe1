using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Scoring;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>
/// Puts blocks into a model one at a time and measures the whole on some windows. Layers are visited in order with one
/// rolling boundary, so a candidate at layer i costs layers i to the last only; candidates that share an attention variant
/// share its output; the parent's outputs are computed once. A streamed parent's candidates go through the layers together.
/// </summary>
/// <param name="request">Parent, library and data.</param>
/// <param name="metrics">What is measured.</param>
/// <param name="options">How.</param>
internal sealed class BlockReplacement(ScoringRequest request, WindowMetrics metrics, ScoringOptions options)
{
    private readonly CausalLanguageModel _parent = request.Parent;

    /// <summary>Measures candidates on the windows from <paramref name="first"/> to before <paramref name="end"/>.</summary>
    /// <param name="candidates">The blocks.</param>
    /// <param name="first">The first window.</param>
    /// <param name="end">The window after the last.</param>
    /// <param name="found">Told each candidate's value on each window, by metric in order; called from several threads.</param>
    /// <param name="cancellationToken">Stops between candidates.</param>
    public void Run(IReadOnlyList<BlockVariant> candidates, int first, int end, Action<BlockVariant, double[][]> found, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor[] ids = [.. Enumerable.Range(first, end - first).Chunk(options.BatchSize).Select(batch => TokenBatch.OfWindows(request.Data, batch, _parent.Device))];
        RotaryTable rotary = _parent.Rotary.At(0, request.Data.SequenceLength);
        if (_parent.IsStreamed)
        {
            RunStreamed(candidates, ids, rotary, found, cancellationToken);
            return;
        }
        Tensor[] embedded = [.. ids.Select(_parent.Embed)];
        using var parent = new ChosenModel(request with { Beside = null });
        using var model = new ChosenModel(request);
        Tensor[] last = metrics.NeedParent ? AdvanceAll(parent, embedded, 0, _parent.Config.Layers, rotary) : [];
        using ParentReference? reference = metrics.NeedParent
            ? new ParentReference(_parent, last, metrics, options.MaxParentLogProbabilityBytes, options.Workers)
            : null;

        ILookup<int, BlockVariant> byLayer = candidates.ToLookup(candidate => candidate.Layer);
        int lastLayer = candidates.Max(candidate => candidate.Layer);
        Tensor[] boundary = embedded;
        try
        {
            for (int layer = 0; layer <= lastLayer; layer++)
            {
                Tensor[] start = boundary;
                int from = layer;
                TorchWorkers.ForEach(options.Workers, Groups(byLayer[layer]), group =>
                {
                    using var workerNoGradients = no_grad();
                    Tensor[] inputs = options.CachePrefix ? start : [.. embedded.Select(input => Advance(model, input, 0, from, rotary))];
                    MeasureGroup(model, group, inputs, ids, rotary, reference, found, cancellationToken);
                }, cancellationToken);
                if (layer == lastLayer)
                    break;
                cancellationToken.ThrowIfCancellationRequested();
                boundary = AdvanceAll(model, boundary, layer, layer + 1, rotary);
                if (start != embedded)
                    Array.ForEach(start, tensor => tensor.Dispose());
            }
        }
        finally
        {
            Array.ForEach([.. boundary, .. last], tensor => tensor.Dispose());
        }
    }

    private void RunStreamed(
        IReadOnlyList<BlockVariant> candidates, Tensor[] ids, RotaryTable rotary, Action<BlockVariant, double[][]> found, CancellationToken cancellationToken)
    {
        using var streamed = new StreamedReplacement(request, ids, rotary, options.Workers);
        using TensorStore? last = metrics.NeedParent ? streamed.RunParent(cancellationToken) : null;
        using ParentReference? reference = last is not null
            ? new ParentReference(_parent, last, metrics, Math.Min(options.MaxParentLogProbabilityBytes, streamed.LogProbabilityBytes), streamed.Workers)
            : null;
        streamed.Run(candidates, (candidate, lastHidden) => found(candidate, Values(lastHidden, ids, reference)), cancellationToken);
    }

    private List<BlockVariant[]> Groups(IEnumerable<BlockVariant> candidates) => options.CachePrefix
        ? [.. candidates.GroupBy(candidate => candidate.Attention).Select(group => group.ToArray()).OrderByDescending(group => group.Length)]
        : [.. candidates.Select(candidate => new[] { candidate })];

    // Candidates that share an attention variant: its output is computed once.
    private void MeasureGroup(
        ChosenModel model, BlockVariant[] group, Tensor[] inputs, Tensor[] ids, RotaryTable rotary,
        ParentReference? reference, Action<BlockVariant, double[][]> found, CancellationToken cancellationToken)
    {
        using Subblock attention = request.Library.LoadSubblock(group[0].Attention, _parent);
        Tensor[] attended = [.. inputs.Select(input =>
        {
            using var scope = NewDisposeScope();
            return OwnedByCaller(attention.Forward(input, rotary), input);
        })];
        foreach (BlockVariant candidate in group)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using Subblock ffn = request.Library.LoadSubblock(candidate.Ffn, _parent);
            found(candidate, Values(batch => model.Forward(ffn.Forward(attended[batch], rotary), candidate.Layer + 1, _parent.Config.Layers, rotary), ids, reference));
        }
    }

    // By metric, then by window.
    private double[][] Values(Func<int, Tensor> lastHidden, Tensor[] ids, ParentReference? reference)
    {
        var windows = new List<double[]>();
        for (int batch = 0; batch < ids.Length; batch++)
        {
            using var scope = NewDisposeScope();
            Tensor hidden = lastHidden(batch);
            for (int window = 0; window < (int)hidden.size(0); window++)
            {
                (int b, int w) = (batch, window);
                windows.Add(metrics.Means(_parent, hidden.select(0, window), ids[batch].select(0, window), (start, count) => reference!.Chunk(b, w, start, count)));
            }
        }
        return [.. metrics.Metrics.Select((_, metric) => windows.Select(values => values[metric]).ToArray())];
    }

    private Tensor[] AdvanceAll(ChosenModel model, Tensor[] hidden, int first, int end, RotaryTable rotary)
    {
        var advanced = new Tensor[hidden.Length];
        TorchWorkers.ForEach(options.Workers, [.. Enumerable.Range(0, hidden.Length)], batch =>
        {
            using var noGradients = no_grad();
            advanced[batch] = Advance(model, hidden[batch], first, end, rotary).DetachFromDisposeScope();
        }, CancellationToken.None);
        return advanced;
    }

    private static Tensor Advance(ChosenModel model, Tensor hidden, int first, int end, RotaryTable rotary)
    {
        using var scope = NewDisposeScope();
        return OwnedByCaller(model.Forward(hidden, first, end, rotary), hidden);
    }

    // A no-op gives its input back, which belongs to another scope, maybe of another thread.
    private static Tensor OwnedByCaller(Tensor result, Tensor input) =>
        (ReferenceEquals(result, input) ? result.alias() : result).MoveToOuterDisposeScope();
}
