using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Losses;

/// <summary>
/// Runs the output head a chunk of tokens at a time, forward and backward, so that [tokens, V] logits never exist
/// whole. Gradients reach the head at once and the hidden states at the end.
/// </summary>
internal static class ChunkedHead
{
    // Chunks near 16 MB stay below the allocator's mmap ceiling; fewer than 128 rows waste matmul speed.
    private const long TargetLogits = 4 << 20;
    private const long FewestRows = 128;

    /// <summary>Gives the number of rows of a chunk for a vocabulary.</summary>
    public static long RowsPerChunk(long vocabularySize) => Math.Max(FewestRows, TargetLogits / vocabularySize);

    /// <summary>Computes a loss over chunks and back-propagates it through the head into <paramref name="normalised"/>'s graph.</summary>
    /// <param name="model">Whose head is used.</param>
    /// <param name="normalised">States after the final norm, [R, D], with a graph behind them.</param>
    /// <param name="chunkLoss">Gives the summed loss (a scalar with a graph) of rows [start, start + logits.size(0)) from their logits.</param>
    /// <returns>The summed loss.</returns>
    public static double Backward(CausalLanguageModel model, Tensor normalised, Func<Tensor, long, Tensor> chunkLoss)
    {
        long rows = normalised.size(0), chunk = RowsPerChunk(model.Config.VocabularySize);
        Tensor leaf = normalised.detach().requires_grad_(true);
        double total = 0;
        for (long start = 0; start < rows; start += chunk)
        {
            using var scope = NewDisposeScope();
            Tensor logits = nn.functional.linear(leaf.narrow(0, start, Math.Min(chunk, rows - start)), model.Head);
            Tensor loss = chunkLoss(logits.to(ScalarType.Float32), start);
            total += loss.item<float>();
            loss.backward();
        }
        normalised.backward([leaf.grad!]);
        return total;
    }
}
