using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>
/// The parent's next-token log-probabilities on every window: computed once where they fit, else from its last hidden
/// states. In the same chunks as a candidate's, so that an unchanged block gives the same bits and scores exactly 0.
/// </summary>
internal sealed class ParentReference : IDisposable
{
    private readonly CausalLanguageModel _parent;
    private readonly IReadOnlyList<Tensor> _lastHidden;
    private readonly Tensor[][][]? _logProbabilities;
    private readonly long _chunk;

    /// <param name="parent">The parent.</param>
    /// <param name="lastHidden">Its residual stream after the last layer, [B, T, D] per batch; not disposed.</param>
    /// <param name="maxBytes">The most memory log-probabilities may take.</param>
    /// <param name="workers">Batches computed side by side.</param>
    public ParentReference(CausalLanguageModel parent, IReadOnlyList<Tensor> lastHidden, long maxBytes, int workers)
    {
        (_parent, _lastHidden) = (parent, lastHidden);
        _chunk = TokenMetrics.RowsPerChunk(parent.Config.VocabularySize);
        using var scope = NewDisposeScope();
        long tokens = lastHidden.Sum(hidden => hidden.size(0) * hidden.size(1));
        if (tokens * parent.Config.VocabularySize * sizeof(float) > maxBytes)
            return;
        var all = new Tensor[lastHidden.Count][][];
        TorchWorkers.ForEach(workers, [.. Enumerable.Range(0, all.Length)], batch =>
        {
            using var noGradients = no_grad();
            all[batch] = [.. Enumerable.Range(0, (int)lastHidden[batch].size(0)).Select(window => WindowChunks(batch, window))];
        }, CancellationToken.None);
        _logProbabilities = all;
    }

    /// <summary>Gives the log-probabilities of a chunk of a window, [rows, V], 32-bit.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="window">The window in the batch.</param>
    /// <param name="start">The chunk's first token, a multiple of <see cref="TokenMetrics.RowsPerChunk"/>.</param>
    public Tensor Chunk(int batch, int window, long start) =>
        _logProbabilities is not null ? _logProbabilities[batch][window][start / _chunk] : Compute(batch, window, start);

    public void Dispose()
    {
        foreach (Tensor tensor in (_logProbabilities ?? []).SelectMany(batch => batch).SelectMany(window => window))
            tensor.Dispose();
    }

    private Tensor[] WindowChunks(int batch, int window)
    {
        long tokens = _lastHidden[batch].size(1);
        var chunks = new Tensor[(tokens + _chunk - 1) / _chunk];
        for (int i = 0; i < chunks.Length; i++)
        {
            using var scope = NewDisposeScope();
            chunks[i] = Compute(batch, window, i * _chunk).DetachFromDisposeScope();
        }
        return chunks;
    }

    private Tensor Compute(int batch, int window, long start)
    {
        Tensor hidden = _lastHidden[batch];
        Tensor rows = hidden.select(0, window).narrow(0, start, Math.Min(_chunk, hidden.size(1) - start));
        return nn.functional.log_softmax(_parent.Logits(rows).to(ScalarType.Float32), dim: -1);
    }
}
