using Puzzle.Distillation.Global;
using Puzzle.Models;
using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Losses;

/// <summary>
/// The loss of global distillation: cosine over hidden states, KL over next-token distributions, and next-token loss, each
/// weighted (paper section 4.3). In 32-bit floats, whatever the models compute in.
/// </summary>
internal sealed class DistillationLoss : IDisposable
{
    private const long Ignored = -100;
    private readonly GlobalDistillationOptions _options;
    private readonly Scalar _coolness;
    private readonly Scalar _klScale;
    private readonly Scalar _lossScale;
    private readonly Scalar _cosineScale;

    /// <param name="options">Weights, temperature, and whether layers are recomputed.</param>
    /// <param name="batchTokens">Tokens of the whole batch, over all workers.</param>
    /// <param name="predictedTokens">Those of them that predict a next token.</param>
    public DistillationLoss(GlobalDistillationOptions options, long batchTokens, long predictedTokens)
    {
        _options = options;
        _coolness = (1 / options.Temperature).ToScalar();
        _klScale = (options.KlWeight * options.Temperature * options.Temperature / batchTokens).ToScalar();
        _lossScale = (options.LanguageModelWeight / predictedTokens).ToScalar();
        _cosineScale = (options.CosineWeight / batchTokens).ToScalar();
    }

    /// <summary>Accumulates the child's gradients for one worker's share of a batch.</summary>
    /// <param name="child">The student.</param>
    /// <param name="parent">The teacher.</param>
    /// <param name="ids">Token ids, [B, T].</param>
    /// <param name="afterChunk">Called when a chunk's gradient of the head has been accumulated; null if nothing needs to know.</param>
    /// <param name="cancellationToken">Stops between layers and chunks; gradients are of no use then.</param>
    /// <returns>The share of the batch's weighted loss, a scalar of 64 bits on the device.</returns>
    public Tensor Backward(
        CausalLanguageModel child, CausalLanguageModel parent, Tensor ids, Action? afterChunk = null,
        CancellationToken cancellationToken = default)
    {
        List<Tensor> expected = ParentStates(parent, ids, cancellationToken);
        var pass = new LayerwisePass(child, ids, _options.RecomputeActivations, cancellationToken);
        using var loss = new DeviceSum(child.Device);
        Tensor? gradient = null;
        if (_options.KlWeight > 0 || _options.LanguageModelWeight > 0)
        {
            (Tensor ofHead, gradient) = Head(child, parent, ids, pass.Last, expected[^1], afterChunk, cancellationToken);
            loss.Add(ofHead);
        }
        pass.Backward(gradient, (layer, output) =>
        {
            if (_options.CosineWeight == 0)
                return null;
            Tensor cosine = Cosine(expected[layer], output);
            loss.Add(cosine);
            return cosine;
        });
        return loss.Value.clone();
    }

    public void Dispose()
    {
        _coolness.Dispose();
        _klScale.Dispose();
        _lossScale.Dispose();
        _cosineScale.Dispose();
    }

    private (Tensor Loss, Tensor Gradient) Head(
        CausalLanguageModel child, CausalLanguageModel parent, Tensor ids, Tensor last, Tensor parentLast, Action? afterChunk,
        CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        Tensor parentStates;
        using (no_grad())
            parentStates = parent.Normalize(parentLast).view(-1, parent.Config.HiddenSize);
        Tensor states = child.Normalize(last).view(-1, child.Config.HiddenSize);
        Tensor targets = nn.functional.pad(ids.narrow(1, 1, ids.size(1) - 1), [0, 1], value: Ignored).view(-1);
        (Tensor loss, Tensor gradient) = ChunkedHead.Backward(
            child, states,
            (logits, start) =>
                ChunkLoss(logits, parent, parentStates.narrow(0, start, logits.size(0)), targets.narrow(0, start, logits.size(0))),
            afterChunk, cancellationToken);
        autograd.backward([states], [gradient]);
        return (loss.MoveToOuterDisposeScope(), last.grad!.MoveToOuterDisposeScope());
    }

    private Tensor ChunkLoss(Tensor logits, CausalLanguageModel parent, Tensor parentStates, Tensor targets)
    {
        Tensor? loss = null;
        if (_options.KlWeight > 0)
        {
            loss = nn.functional.kl_div(
                nn.functional.log_softmax(logits.mul(_coolness), dim: -1), ParentLogProbabilities(), reduction: nn.Reduction.Sum,
                log_target: true).mul(_klScale);
        }
        if (_options.LanguageModelWeight > 0)
        {
            Tensor next = nn.functional.cross_entropy(logits, targets, ignore_index: Ignored, reduction: nn.Reduction.Sum).mul(_lossScale);
            loss = loss?.add(next, Scalars.One) ?? next;
        }
        return loss!;

        Tensor ParentLogProbabilities()
        {
            using var noGradients = no_grad();
            return nn.functional.log_softmax(parent.LogitsOfNormalized(parentStates).to(ScalarType.Float32).mul(_coolness), dim: -1);
        }
    }

    // A no-op keeps its place: state l of the child is compared with state l of the parent.
    private Tensor Cosine(Tensor expected, Tensor actual) =>
        nn.functional.cosine_similarity(actual.to(ScalarType.Float32), expected.to(ScalarType.Float32), dim: -1)
            .neg().add(Scalars.One, Scalars.One).sum().mul(_cosineScale);

    /// <summary>Gives the parent's states after each layer, or only the last where no other is compared.</summary>
    private List<Tensor> ParentStates(CausalLanguageModel parent, Tensor ids, CancellationToken cancellationToken)
    {
        using var noGradients = no_grad();
        RotaryTable rotary = parent.Rotary.At(0, (int)ids.size(1));
        var states = new List<Tensor> { parent.EmbedKnown(ids) };
        for (int layer = 0; layer < parent.Config.Layers; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using BlockLease lease = parent.Borrow(layer);
            Tensor input = states[^1], output = lease.Block.Forward(input, rotary);
            if (!ReferenceEquals(input, output))
                output.MoveToOuterDisposeScope();
            if (_options.CosineWeight == 0 && !ReferenceEquals(input, output))
            {
                input.Dispose();
                states.Clear();
            }
            states.Add(output);
        }
        return _options.CosineWeight == 0 ? states : states.GetRange(1, states.Count - 1);
    }
}
