using Puzzle.Distillation.Global;
using Puzzle.Models;
using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Losses;

/// <summary>The loss of global distillation: cosine over hidden states, KL over next-token distributions, and next-token loss, each weighted (paper section 4.3).</summary>
internal sealed class DistillationLoss : IDisposable
{
    private const long Ignored = -100;
    private readonly GlobalDistillationOptions _options;
    private readonly Scalar _coolness;
    private readonly Scalar _klScale;
    private readonly Scalar _lossScale;
    private readonly Scalar _cosineScale;

    /// <param name="options">Weights and temperature.</param>
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
    /// <returns>The share of the batch's weighted loss.</returns>
    public double Backward(CausalLanguageModel child, CausalLanguageModel parent, Tensor ids)
    {
        List<Tensor> expected;
        Tensor parentStates;
        using (no_grad())
        {
            expected = HiddenStates(parent, ids);
            parentStates = parent.Normalise(expected[^1]).view(-1, parent.Config.HiddenSize);
        }
        List<Tensor> actual = HiddenStates(child, ids);
        Tensor states = child.Normalise(actual[^1]).view(-1, child.Config.HiddenSize);
        Tensor targets = nn.functional.pad(ids.narrow(1, 1, ids.size(1) - 1), [0, 1], value: Ignored).view(-1);
        (double loss, Tensor gradient) = ChunkedHead.Backward(child, states, (logits, start) =>
            ChunkLoss(logits, parent, parentStates.narrow(0, start, logits.size(0)), targets.narrow(0, start, logits.size(0))));

        Tensor rest = ChunkedHead.Surrogate(states, gradient);
        if (_options.CosineWeight > 0)
        {
            Tensor cosine = Cosine(expected, actual);
            loss += cosine.item<float>();
            rest = rest.add(cosine, Scalars.One);
        }
        rest.backward();
        return loss;
    }

    public void Dispose()
    {
        _coolness.Dispose();
        _klScale.Dispose();
        _lossScale.Dispose();
        _cosineScale.Dispose();
    }

    private Tensor ChunkLoss(Tensor logits, CausalLanguageModel parent, Tensor parentStates, Tensor targets)
    {
        Tensor loss = nn.functional.kl_div(
            nn.functional.log_softmax(logits.mul(_coolness), dim: -1), ParentLogProbabilities(), reduction: nn.Reduction.Sum, log_target: true).mul(_klScale);
        if (_options.LanguageModelWeight > 0)
            loss = loss.add(nn.functional.cross_entropy(logits, targets, ignore_index: Ignored, reduction: nn.Reduction.Sum).mul(_lossScale), Scalars.One);
        return loss;

        Tensor ParentLogProbabilities()
        {
            using var noGradients = no_grad();
            return nn.functional.log_softmax(nn.functional.linear(parentStates, parent.Head).to(ScalarType.Float32).mul(_coolness), dim: -1);
        }
    }

    // A no-op keeps its place: state l of the child is compared with state l of the parent.
    private Tensor Cosine(List<Tensor> expected, List<Tensor> actual)
    {
        Tensor? sum = null;
        for (int layer = 0; layer < expected.Count; layer++)
        {
            Tensor similarity = nn.functional.cosine_similarity(actual[layer].to(ScalarType.Float32), expected[layer].to(ScalarType.Float32), dim: -1);
            Tensor distance = similarity.neg().add(Scalars.One, Scalars.One).sum();
            sum = sum is null ? distance : sum.add(distance, Scalars.One);
        }
        return sum!.mul(_cosineScale);
    }

    private static List<Tensor> HiddenStates(CausalLanguageModel model, Tensor ids)
    {
        Tensor hidden = model.Embed(ids);
        RotaryTable rotary = model.Rotary.At(0, (int)ids.size(1));
        var states = new List<Tensor>(model.Blocks.Count);
        foreach (TransformerBlock block in model.Blocks)
        {
            hidden = block.Forward(hidden, rotary);
            states.Add(hidden);
        }
        return states;
    }
}
