using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>
/// What metrics compare with, on every window: the parent's outputs, computed once where they fit, else from its last hidden
/// states. In the same chunks as a candidate's, so that an unchanged block gives the same bits and scores exactly the identity.
/// </summary>
internal sealed class ParentReference : IDisposable
{
    private readonly CausalLanguageModel _parent;
    private readonly WindowMetrics _metrics;
    private readonly IReadOnlyList<Tensor> _lastHidden;
    private readonly TokenOutputs[][][]? _outputs;
    private readonly long _chunk;

    /// <param name="parent">The parent.</param>
    /// <param name="lastHidden">Its residual stream after the last layer, [B, T, D] per batch; not disposed.</param>
    /// <param name="metrics">What is compared.</param>
    /// <param name="maxBytes">The most memory log-probabilities may take.</param>
    /// <param name="workers">Batches computed side by side.</param>
    public ParentReference(CausalLanguageModel parent, IReadOnlyList<Tensor> lastHidden, WindowMetrics metrics, long maxBytes, int workers)
    {
        (_parent, _lastHidden, _metrics) = (parent, lastHidden, metrics);
        _chunk = TokenMetrics.RowsPerChunk(parent.Config.VocabularySize);
        using var scope = NewDisposeScope();
        long tokens = lastHidden.Sum(hidden => hidden.size(0) * hidden.size(1));
        if (tokens * parent.Config.VocabularySize * sizeof(float) > maxBytes)
            return;
        var all = new TokenOutputs[lastHidden.Count][][];
        TorchWorkers.ForEach(workers, [.. Enumerable.Range(0, all.Length)], batch =>
        {
            using var noGradients = no_grad();
            all[batch] = [.. Enumerable.Range(0, (int)lastHidden[batch].size(0)).Select(window => WindowChunks(batch, window))];
        }, CancellationToken.None);
        _outputs = all;
    }

    /// <summary>Gives the parent's outputs at a chunk of a window.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="window">The window in the batch.</param>
    /// <param name="start">The chunk's first token, a multiple of <see cref="TokenMetrics.RowsPerChunk"/>.</param>
    /// <param name="count">The chunk's tokens.</param>
    public TokenOutputs Chunk(int batch, int window, long start, long count) =>
        _outputs is not null ? _outputs[batch][window][start / _chunk] : Compute(batch, window, start, count);

    public void Dispose()
    {
        foreach (TokenOutputs outputs in (_outputs ?? []).SelectMany(batch => batch).SelectMany(window => window))
        {
            outputs.Hidden?.Dispose();
            outputs.LogProbabilities?.Dispose();
        }
    }

    private TokenOutputs[] WindowChunks(int batch, int window)
    {
        long tokens = _lastHidden[batch].size(1);
        var chunks = new TokenOutputs[(tokens + _chunk - 1) / _chunk];
        for (int i = 0; i < chunks.Length; i++)
        {
            using var scope = NewDisposeScope();
            TokenOutputs outputs = Compute(batch, window, i * _chunk, Math.Min(_chunk, tokens - (i * _chunk)));
            chunks[i] = new TokenOutputs(outputs.Hidden?.DetachFromDisposeScope(), outputs.LogProbabilities?.DetachFromDisposeScope());
        }
        return chunks;
    }

    private TokenOutputs Compute(int batch, int window, long start, long count) =>
        _metrics.ParentOutputs(_parent, _lastHidden[batch].select(0, window).narrow(0, start, count));
}
