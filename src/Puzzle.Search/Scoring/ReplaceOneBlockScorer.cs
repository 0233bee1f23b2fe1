using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Pipeline;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>
/// Replace-1-block scores (paper section 4.1): the parent with one composed block put in, measured as a whole model by
/// KL(parent || child) and next-token loss.
/// </summary>
/// <remarks>
/// Layers are visited in order with one rolling boundary, so a candidate at layer i costs layers i to the last only; the
/// candidates of a layer that share an attention variant share its output; the parent's log-probabilities are computed once.
/// </remarks>
public sealed class ReplaceOneBlockScorer : IBlockScorer
{
    private const string Version = "replace-1-block-1";
    private readonly ScoringOptions _options;

    /// <summary>Creates the scorer.</summary>
    /// <param name="options">How; read once; the defaults if null.</param>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public ReplaceOneBlockScorer(ScoringOptions? options = null) => _options = OptionsCheck.Valid(options);

    /// <inheritdoc/>
    public IReadOnlyList<ScoreMetric> Metrics { get; } = [ScoreMetric.KlDivergence, ScoreMetric.LanguageModelLoss];

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlockScore> ScoreAsync(ScoringRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Data.VocabularySize > request.Parent.Config.VocabularySize)
            throw new ArgumentException($"The text has a vocabulary of {request.Data.VocabularySize}; the parent's is {request.Parent.Config.VocabularySize}.", nameof(request));
        string fingerprint = DataFingerprint(request);
        var pending = new List<BlockVariant>();
        foreach (BlockVariant candidate in request.Candidates)
        {
            if (request.Library.FindScore(candidate.Id, fingerprint) is { } known)
                yield return known;
            else
                pending.Add(candidate);
        }
        if (pending.Count == 0)
            yield break;

        var scores = Channel.CreateUnbounded<BlockScore>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<bool> work = DedicatedThread.Run(() =>
        {
            try
            {
                Run(request, pending, fingerprint, score => scores.Writer.TryWrite(score), stop.Token);
                return true;
            }
            finally
            {
                scores.Writer.Complete();
            }
        });
        try
        {
            await foreach (BlockScore score in scores.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return score;
        }
        finally
        {
            // Also when the consumer stops early: the request's parent must not be in use after this method ends.
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await work.ConfigureAwait(false);
    }

    private string DataFingerprint(ScoringRequest request) =>
        Fingerprint.Of(Version, request.Library.ParentFingerprint, request.Data.Fingerprint, Math.Min(_options.MaxWindows, request.Data.Count), request.Parent.ElementType);

    private void Run(ScoringRequest request, List<BlockVariant> pending, string fingerprint, Action<BlockScore> found, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        CausalLanguageModel parent = request.Parent;
        int windows = Math.Min(_options.MaxWindows, request.Data.Count);
        Tensor[] ids = [.. Enumerable.Range(0, windows).Chunk(_options.BatchSize).Select(batch => TokenBatch.OfWindows(request.Data, batch, parent.Device))];
        RotaryTable rotary = parent.Rotary.At(0, request.Data.SequenceLength);
        if (parent.IsStreamed)
        {
            RunStreamed(request, pending, ids, rotary, fingerprint, found, cancellationToken);
            return;
        }
        Tensor[] embedded = [.. ids.Select(parent.Embed)];
        Tensor[] last = Advance(parent, embedded, 0, parent.Config.Layers, rotary);
        using var reference = new ParentReference(parent, last, _options.MaxParentLogProbabilityBytes, _options.Workers);

        ILookup<int, BlockVariant> byLayer = pending.ToLookup(candidate => candidate.Layer);
        int lastLayer = pending.Max(candidate => candidate.Layer);
        Tensor[] boundary = embedded;
        try
        {
            for (int layer = 0; layer <= lastLayer; layer++)
            {
                var groups = byLayer[layer].GroupBy(candidate => candidate.Attention).OrderByDescending(group => group.Count()).ToList();
                Tensor[] start = boundary;
                int from = layer;
                TorchWorkers.ForEach(_options.Workers, groups, group =>
                {
                    using var workerNoGradients = no_grad();
                    Tensor[] inputs = _options.CachePrefix ? start : [.. embedded.Select(input => Advance(parent, input, 0, from, rotary))];
                    ScoreGroup(request, group, inputs, ids, rotary, reference, fingerprint, found, cancellationToken);
                }, cancellationToken);
                if (layer == lastLayer)
                    break;
                cancellationToken.ThrowIfCancellationRequested();
                boundary = Advance(parent, boundary, layer, layer + 1, rotary);
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
        ScoringRequest request, List<BlockVariant> pending, Tensor[] ids, RotaryTable rotary, string fingerprint, Action<BlockScore> found, CancellationToken cancellationToken)
    {
        using var streamed = new StreamedCandidates(request.Parent, request.Library, ids, rotary, _options.Workers);
        using TensorStore last = streamed.RunParent(cancellationToken);
        using var reference = new ParentReference(request.Parent, last, Math.Min(_options.MaxParentLogProbabilityBytes, streamed.LogProbabilityBytes), _options.Workers);
        streamed.Run(
            pending,
            (candidate, lastHidden) => Score(request, candidate, lastHidden, ids, reference, fingerprint, found),
            cancellationToken);
    }

    // Candidates that share an attention variant: its output is computed once.
    private static void ScoreGroup(
        ScoringRequest request, IGrouping<SubblockVariant, BlockVariant> group, Tensor[] inputs, Tensor[] ids, RotaryTable rotary,
        ParentReference reference, string fingerprint, Action<BlockScore> found, CancellationToken cancellationToken)
    {
        CausalLanguageModel parent = request.Parent;
        using Subblock attention = request.Library.LoadSubblock(group.Key, parent);
        Tensor[] attended = [.. inputs.Select(input =>
        {
            using var scope = NewDisposeScope();
            return OwnedByCaller(attention.Forward(input, rotary), input);
        })];
        foreach (BlockVariant candidate in group)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using Subblock ffn = request.Library.LoadSubblock(candidate.Ffn, parent);
            Score(request, candidate, LastHidden, ids, reference, fingerprint, found);

            Tensor LastHidden(int batch)
            {
                Tensor hidden = ffn.Forward(attended[batch], rotary);
                for (int layer = candidate.Layer + 1; layer < parent.Blocks.Count; layer++)
                    hidden = parent.Blocks[layer].Forward(hidden, rotary);
                return hidden;
            }
        }
    }

    private static void Score(
        ScoringRequest request, BlockVariant candidate, Func<int, Tensor> lastHidden, Tensor[] ids, ParentReference reference, string fingerprint, Action<BlockScore> found)
    {
        var divergence = new List<double>();
        var loss = new List<double>();
        for (int batch = 0; batch < ids.Length; batch++)
        {
            using var scope = NewDisposeScope();
            (double[] batchDivergence, double[] batchLoss) = WindowMetrics.Compute(request.Parent, lastHidden(batch), ids[batch], reference, batch);
            divergence.AddRange(batchDivergence);
            loss.AddRange(batchLoss);
        }
        var score = new BlockScore(
            candidate.Id, candidate.Layer, candidate.Config.Name, fingerprint,
            new Dictionary<string, double>
            {
                [ScoreMetric.KlDivergence.Name] = candidate.IsParent ? 0 : divergence.Average(),
                [ScoreMetric.LanguageModelLoss.Name] = loss.Average(),
            },
            new Dictionary<string, IReadOnlyList<double>>
            {
                [ScoreMetric.KlDivergence.Name] = divergence,
                [ScoreMetric.LanguageModelLoss.Name] = loss,
            });
        request.Library.AddScore(score);
        found(score);
    }

    private Tensor[] Advance(CausalLanguageModel parent, Tensor[] hidden, int firstLayer, int endLayer, RotaryTable rotary)
    {
        var advanced = new Tensor[hidden.Length];
        TorchWorkers.ForEach(_options.Workers, [.. Enumerable.Range(0, hidden.Length)], batch =>
        {
            using var noGradients = no_grad();
            advanced[batch] = Advance(parent, hidden[batch], firstLayer, endLayer, rotary).DetachFromDisposeScope();
        }, CancellationToken.None);
        return advanced;
    }

    private static Tensor Advance(CausalLanguageModel parent, Tensor hidden, int firstLayer, int endLayer, RotaryTable rotary)
    {
        using var scope = NewDisposeScope();
        Tensor state = hidden;
        for (int layer = firstLayer; layer < endLayer; layer++)
            state = parent.Blocks[layer].Forward(state, rotary);
        return OwnedByCaller(state, hidden);
    }

    // A no-op gives its input back, which belongs to another scope, maybe of another thread.
    private static Tensor OwnedByCaller(Tensor result, Tensor input) =>
        (ReferenceEquals(result, input) ? result.alias() : result).MoveToOuterDisposeScope();
}
