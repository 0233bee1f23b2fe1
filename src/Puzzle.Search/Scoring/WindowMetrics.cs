using Puzzle.Measurement;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Search.Scoring;

/// <summary>KL divergence from the parent and next-token loss of each window, a chunk of tokens at a time.</summary>
internal static class WindowMetrics
{
    /// <summary>Computes both metrics of every window of a batch.</summary>
    /// <param name="model">Whose final norm and head are used.</param>
    /// <param name="hidden">The candidate's residual stream after the last layer, [B, T, D].</param>
    /// <param name="ids">The windows, [B, T].</param>
    /// <param name="parent">The parent's log-probabilities.</param>
    /// <param name="batch">The batch's index.</param>
    /// <returns>Per window: mean KL over all T positions, mean loss over the T - 1 that predict a token.</returns>
    public static (double[] KlDivergence, double[] Loss) Compute(CausalLanguageModel model, Tensor hidden, Tensor ids, ParentReference parent, int batch)
    {
        int windows = (int)hidden.size(0);
        long tokens = hidden.size(1), chunk = TokenMetrics.RowsPerChunk(model.Config.VocabularySize);
        var divergence = new double[windows];
        var loss = new double[windows];
        for (int window = 0; window < windows; window++)
        {
            for (long start = 0; start < tokens; start += chunk)
            {
                using var scope = NewDisposeScope();
                long count = Math.Min(chunk, tokens - start);
                Tensor logits = model.Logits(hidden.select(0, window).narrow(0, start, count)).to(ScalarType.Float32);
                Tensor child = nn.functional.log_softmax(logits, dim: -1);
                Tensor expected = parent.Chunk(batch, window, start);
                divergence[window] += TokenMetrics.KlDivergence(expected, child);
                long predicting = Math.Min(count, tokens - 1 - start);
                if (predicting > 0)
                {
                    Tensor next = ids.select(0, window).narrow(0, start + 1, predicting);
                    loss[window] += TokenMetrics.Loss(child.narrow(0, 0, predicting), next);
                }
            }
            divergence[window] /= tokens;
            loss[window] /= tokens - 1;
        }
        return (divergence, loss);
    }
}
