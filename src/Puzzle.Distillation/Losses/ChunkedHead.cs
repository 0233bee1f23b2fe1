using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Losses;

/// <summary>
/// Runs the output head a chunk of tokens at a time, forward and backward, so that [tokens, V] logits never exist
/// whole. The head's own gradient is accumulated at once; the states' is handed back.
/// </summary>
internal static class ChunkedHead
{
    // Chunks near 16 MB stay below the allocator's mmap ceiling; fewer than 128 rows waste matmul speed.
    private const long TargetLogits = 4 << 20;
    private const long FewestRows = 128;

    /// <summary>Gives the number of rows of a chunk for a vocabulary.</summary>
    public static long RowsPerChunk(long vocabularySize) => Math.Max(FewestRows, TargetLogits / vocabularySize);

    /// <summary>Computes a loss over chunks and back-propagates it through the head.</summary>
    /// <param name="model">Whose head is used; its gradient is accumulated.</param>
    /// <param name="normalized">States after the final norm, [R, D]; no gradient flows into their graph yet.</param>
    /// <param name="chunkLoss">Gives the summed loss (a scalar with a graph) of rows [start, start + logits.size(0)) from their
    /// logits.</param>
    /// <param name="afterChunk">Called when a chunk's gradient of the head has been accumulated; null if nothing needs to know.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <returns>The summed loss, a scalar of 64 bits on the device, and its gradient at the states, [R, D], to be carried on into the
    /// model.</returns>
    public static (Tensor Loss, Tensor Gradient) Backward(
        CausalLanguageModel model, Tensor normalized, Func<Tensor, long, Tensor> chunkLoss, Action? afterChunk = null,
        CancellationToken cancellationToken = default)
    {
        long rows = normalized.size(0), chunk = RowsPerChunk(model.Config.VocabularySize);
        Tensor leaf = normalized.detach().requires_grad_(true);
        using var total = new DeviceSum(normalized.device);
        for (long start = 0; start < rows; start += chunk)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            Tensor logits = model.LogitsOfNormalized(leaf.narrow(0, start, Math.Min(chunk, rows - start)));
            Tensor loss = chunkLoss(logits.to(ScalarType.Float32), start);
            total.Add(loss);
            loss.backward();
            afterChunk?.Invoke();
        }
        return (total.Value.clone(), leaf.grad!);
    }
}
