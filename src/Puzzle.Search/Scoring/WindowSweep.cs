using System.Collections.Concurrent;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Scoring;
using Puzzle.Sizing;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>Reads metrics off candidates on windows of text; the parent's outputs are computed once.</summary>
/// <param name="request">Parent, library and data.</param>
/// <param name="metrics">What is measured.</param>
/// <param name="options">How.</param>
/// <param name="shared">Asked before each candidate; null if all are this process's.</param>
internal sealed class WindowSweep(ScoringRequest request, WindowMetrics metrics, ScoringOptions options, SharedCandidates? shared = null)
{
    private readonly CausalLanguageModel _parent = request.Parent;

    /// <summary>Measures candidates on the windows from <paramref name="first"/> to before <paramref name="end"/>. Where memory runs out
    /// those that are left are measured in smaller batches, and the parent again, so that it still scores exactly the identity.</summary>
    /// <param name="candidates">The blocks.</param>
    /// <param name="first">The first window.</param>
    /// <param name="end">The window after the last.</param>
    /// <param name="found">Told each candidate's value on each window, by metric in order; called from several threads.</param>
    /// <param name="cancellationToken">Stops between candidates.</param>
    public void Run(
        IReadOnlyList<BlockVariant> candidates, int first, int end, Action<BlockVariant, double[][]> found,
        CancellationToken cancellationToken)
    {
        var measured = new ConcurrentDictionary<BlockVariant, bool>(ReferenceEqualityComparer.Instance);
        ScoringMemory memory = LayerSweep.MemoryOf(_parent, request.Data.SequenceLength);
        // One worker, and half of the memory for what all share.
        long room = _parent.IsStreamed
            ? _parent.Budget.WorkBytes - _parent.Budget.ActivationBytes
            : MemoryBudget.LimitBeside(_parent) / 2;
        var microBatch = new MicroBatch(
            "Scoring a block", Math.Min(options.BatchSize, end - first),
            windows => memory.CandidateBytes(windows, end - first, hasParent: false), room);
        microBatch.Run(() =>
        {
            BlockVariant[] left = [.. candidates.Where(candidate => !measured.ContainsKey(candidate))];
            Run(left, microBatch, first, end, (candidate, values) =>
            {
                found(candidate, values);
                measured[candidate] = true;
            }, cancellationToken);
            return left.Length;
        });
    }

    private void Run(
        IReadOnlyList<BlockVariant> candidates, MicroBatch microBatch, int first, int end, Action<BlockVariant, double[][]> found,
        CancellationToken cancellationToken)
    {
        using var noGradients = no_grad();
        Tensor[] ids = [.. microBatch.Pieces(first, end)
            .Select(batch => TokenBatch.OfWindows(request.Data, [.. Enumerable.Range(batch.Start, batch.Count)], _parent.Device))];
        using var sweep = new LayerSweep(request, ids, options.Workers, options.CachePrefix)
        {
            Shared = shared,
            MaySplit = microBatch.Size > 1,
        };
        using TensorStore? last = metrics.NeedParent ? sweep.RunParent(cancellationToken) : null;
        using ParentReference? reference = last is not null
            ? new ParentReference(
                _parent, last, metrics, Math.Min(options.MaxParentLogProbabilityBytes, sweep.LogProbabilityBytes), sweep.Workers)
            : null;
        sweep.Run(candidates, (candidate, lastHidden) => found(candidate, Values(lastHidden, ids, reference)), cancellationToken);
    }

    // By metric, then by window.
    private double[][] Values(Func<int, Tensor> lastHidden, Tensor[] ids, ParentReference? reference)
    {
        var windows = new List<double[]>();
        for (int batch = 0; batch < ids.Length; batch++)
        {
            using var scope = NewDisposeScope();
            Tensor hidden = lastHidden(batch);
            var sums = new List<Tensor>();
            for (int window = 0; window < (int)hidden.size(0); window++)
            {
                (int b, int w) = (batch, window);
                sums.Add(metrics.Sums(
                    _parent, hidden.select(0, window), ids[batch].select(0, window),
                    (start, count) => reference!.Chunk(b, w, start, count)));
            }
            windows.AddRange(metrics.Means(sums, hidden.size(1)));
        }
        return [.. metrics.Metrics.Select((_, metric) => windows.Select(values => values[metric]).ToArray())];
    }
}
