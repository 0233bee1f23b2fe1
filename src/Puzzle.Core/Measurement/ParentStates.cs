using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Measurement;

/// <summary>A parent's residual stream after the last layer on every window, computed once for all models that are compared with
/// it.</summary>
internal sealed class ParentStates : IDisposable
{
    // 64 windows of 2,048 tokens of a model of hidden size 2,048 fit; what is beyond goes to a scratch file.
    private const long MaxBytes = 1L << 30;

    private readonly TensorStore _states;

    /// <param name="parent">The parent; not disposed.</param>
    /// <param name="data">The windows.</param>
    /// <param name="workers">Windows computed side by side; the result does not depend on it.</param>
    /// <param name="cancellationToken">Stops between windows.</param>
    public ParentStates(CausalLanguageModel parent, PackedTokenDataset data, int workers, CancellationToken cancellationToken)
    {
        Parent = parent;
        _states = new TensorStore(
            data.Count, (long)data.SequenceLength * parent.Config.HiddenSize, parent.ElementType, parent.ElementType, parent.Device,
            Math.Min(MaxBytes, parent.Budget.ActivationBytes), parent.Budget.ScratchFolder);
        try
        {
            TorchWorkers.ForEach(TorchWorkers.On(parent.Device, workers), [.. Enumerable.Range(0, data.Count)], window =>
            {
                using var noGradients = no_grad();
                _states.Set(window, Of(parent, TokenBatch.OfWindows(data, [window], parent.Device)));
            }, cancellationToken);
        }
        catch
        {
            _states.Dispose();
            throw;
        }
    }

    /// <summary>Gets whose states they are.</summary>
    public CausalLanguageModel Parent { get; }

    /// <summary>Gets the states of a window, [T, D]; the caller's dispose scope owns them.</summary>
    public Tensor this[int window] => _states[window];

    /// <summary>Computes the states of one window, [T, D].</summary>
    /// <param name="model">The model.</param>
    /// <param name="ids">The window, [1, T], known to be in the vocabulary.</param>
    public static Tensor Of(CausalLanguageModel model, Tensor ids) => model.LastHiddenOfKnown(ids).squeeze(0);

    public void Dispose() => _states.Dispose();
}
