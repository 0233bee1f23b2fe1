using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Losses;

/// <summary>Next-token cross-entropy (paper section 4.3, L_LM).</summary>
internal static class LanguageModelLoss
{
    /// <summary>Computes gradients of the mean loss over all predicted tokens of a batch, times a weight.</summary>
    /// <param name="model">The model; its weights' gradients are accumulated.</param>
    /// <param name="ids">[B, T] token ids; the first T - 1 predict the last T - 1.</param>
    /// <param name="weight">What the loss is multiplied by.</param>
    /// <param name="cancellationToken">Stops between layers and chunks; gradients are of no use then.</param>
    /// <returns>The unweighted mean loss in nats.</returns>
    public static double Backward(
        CausalLanguageModel model, Tensor ids, double weight, CancellationToken cancellationToken = default)
    {
        long batch = ids.size(0), predicted = ids.size(1) - 1;
        var pass = new LayerwisePass(model, ids.narrow(1, 0, predicted), recompute: false, cancellationToken);
        Tensor normalized = model.Normalize(pass.Last).reshape(batch * predicted, -1);
        Tensor targets = ids.narrow(1, 1, predicted).reshape(-1);
        using Scalar scale = (weight / (batch * predicted)).ToScalar();
        (Tensor weighted, Tensor gradient) = ChunkedHead.Backward(
            model, normalized,
            (logits, start) =>
                nn.functional.cross_entropy(logits, targets.narrow(0, start, logits.size(0)), reduction: nn.Reduction.Sum).mul(scale),
            cancellationToken: cancellationToken);
        autograd.backward([normalized], [gradient]);
        pass.Backward(pass.Last.grad!, (_, _) => null);
        return HostRead.Scalars("language model loss", weighted)[0] / weight;
    }

    /// <summary>Computes the mean loss over all predicted tokens of all windows, in nats.</summary>
    public static double Mean(
        CausalLanguageModel model, PackedTokenDataset data, int workers, CancellationToken cancellationToken = default)
    {
        var sums = new double[data.Count];
        TorchWorkers.ForEach(TorchWorkers.On(model.Device, workers), [.. Enumerable.Range(0, data.Count)], window =>
        {
            using var noGradients = no_grad();
            Tensor ids = TokenBatch.OfWindows(data, [window], model.Device);
            long predicted = ids.size(1) - 1;
            Tensor logits = model.Forward(ids.narrow(1, 0, predicted)).to(ScalarType.Float32).squeeze(0);
            sums[window] = nn.functional.cross_entropy(logits, ids.narrow(1, 1, predicted).reshape(-1)).item<float>();
        }, cancellationToken);
        return sums.Average();
    }
}
