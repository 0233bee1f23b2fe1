using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>The parent's next-token log-probabilities on each batch: computed once where they fit, else from its last hidden states.</summary>
internal sealed class ParentReference : IDisposable
{
    private readonly CausalLanguageModel _parent;
    private readonly Tensor[] _lastHidden;
    private readonly Tensor[]? _logProbabilities;

    /// <param name="parent">The parent.</param>
    /// <param name="lastHidden">Its residual stream after the last layer, [B, T, D] per batch; owned from here on.</param>
    /// <param name="maxBytes">The most memory log-probabilities may take.</param>
    public ParentReference(CausalLanguageModel parent, Tensor[] lastHidden, long maxBytes)
    {
        _parent = parent;
        _lastHidden = lastHidden;
        long tokens = lastHidden.Sum(hidden => hidden.size(0) * hidden.size(1));
        if (tokens * parent.Config.VocabularySize * sizeof(float) <= maxBytes)
        {
            _logProbabilities = [.. lastHidden.Select(hidden =>
            {
                using var scope = NewDisposeScope();
                return Compute(Flatten(hidden)).DetachFromDisposeScope();
            })];
        }
    }

    /// <summary>Gives rows of a batch's log-probabilities, [rows, V], 32-bit.</summary>
    public Tensor Rows(int batch, long start, long count) => _logProbabilities is not null
        ? _logProbabilities[batch].narrow(0, start, count)
        : Compute(Flatten(_lastHidden[batch]).narrow(0, start, count));

    public void Dispose()
    {
        foreach (Tensor tensor in _lastHidden.Concat(_logProbabilities ?? []))
            tensor.Dispose();
    }

    private static Tensor Flatten(Tensor hidden) => hidden.view(-1, hidden.size(-1));

    private Tensor Compute(Tensor rows) => nn.functional.log_softmax(_parent.Logits(rows).to(ScalarType.Float32), dim: -1);
}
