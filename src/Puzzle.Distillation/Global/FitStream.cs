using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Global;

/// <summary>A model's residual stream on some batches of text, moved from subblock to subblock.</summary>
internal sealed class FitStream : IDisposable
{
    private readonly TensorStore _states;
    private readonly int _workers;

    /// <summary>Starts with the embeddings.</summary>
    /// <param name="model">The model; not disposed.</param>
    /// <param name="budget">What memory there is.</param>
    /// <param name="type">What the stream is kept in.</param>
    /// <param name="data">The text.</param>
    /// <param name="batches">The windows of each batch.</param>
    /// <param name="workers">Batches computed side by side; the result does not depend on it.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public FitStream(
        CausalLanguageModel model, MemoryBudget budget, ScalarType type, PackedTokenDataset data, IReadOnlyList<int[]> batches,
        int workers, CancellationToken cancellationToken)
    {
        _workers = workers;
        Rotary = model.Rotary.At(0, data.SequenceLength);
        long elements = batches.Max(batch => (long)batch.Length) * data.SequenceLength * model.Config.HiddenSize;
        // The parent's and the child's share what activations may take.
        _states = new TensorStore(
            batches.Count, elements, type, model.ElementType, model.Device, budget.ActivationBytes / 2, budget.ScratchFolder);
        try
        {
            ForEach(batch => model.Embed(TokenBatch.OfWindows(data, batches[batch], model.Device)), cancellationToken);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gets the rotary table of the windows.</summary>
    public RotaryTable Rotary { get; }

    /// <summary>Gets a batch's stream, [B, T, D]; the caller's dispose scope owns it.</summary>
    public Tensor this[int batch] => _states[batch];

    /// <summary>Moves on behind a subblock.</summary>
    public void Advance(Subblock subblock, CancellationToken cancellationToken)
    {
        if (subblock is not NoOpSubblock)
            ForEach(batch => subblock.Forward(_states[batch], Rotary), cancellationToken);
    }

    /// <summary>Moves to where another stream of the same text is.</summary>
    public void Follow(FitStream other, CancellationToken cancellationToken) => ForEach(batch => other[batch], cancellationToken);

    public void Dispose()
    {
        _states.Dispose();
        Rotary.Dispose();
    }

    private void ForEach(Func<int, Tensor> next, CancellationToken cancellationToken) =>
        TorchWorkers.ForEach(_workers, [.. Enumerable.Range(0, _states.Count)], batch =>
        {
            using var noGradients = no_grad();
            _states.Set(batch, next(batch));
        }, cancellationToken);
}
