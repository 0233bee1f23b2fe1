using Puzzle.Architectures;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Losses;
using Puzzle.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Puzzle.Tests.Losses;

public sealed class DistillationLossTests
{
    public static TheoryData<double, double, double, double> Weights => new()
    {
        { 1, 1, 0, 1 },
        { 0.7, 1.3, 0.4, 2 },
        { 0, 1, 0, 2 },
        { 1, 0, 0, 1 },
        { 0, 0, 1, 1 },
    };

    [Theory]
    [MemberData(nameof(Weights))]
    public void Backward_AnyWeights_EqualsTheFormula(double cosine, double kl, double languageModel, double temperature)
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child();
        using var scope = NewDisposeScope();
        Tensor ids = Ids(2, 11);
        using DistillationLoss distillation = Loss(cosine, kl, languageModel, temperature, ids);

        (double loss, float[] gradients) = Gradients.Of(child, () => distillation.Backward(child, parent, ids).item<double>());
        (double expected, float[] expectedGradients) = Gradients.Of(child, () =>
        {
            Tensor whole = Formula(parent, child, ids, cosine, kl, languageModel, temperature);
            whole.backward();
            return whole.item<float>();
        });

        Assert.Equal(expected, loss, 1e-5 * Math.Max(1, expected));
        Gradients.Equal(expectedGradients, gradients);
    }

    [Fact]
    public void Backward_SharesOfABatch_AddUpToTheWhole()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child();
        using var scope = NewDisposeScope();
        Tensor ids = Ids(3, 9);
        using DistillationLoss distillation = Loss(1, 1, 0.5, 1, ids);

        (double whole, float[] gradients) = Gradients.Of(child, () => distillation.Backward(child, parent, ids).item<double>());
        (double shares, float[] sharedGradients) = Gradients.Of(child, () =>
            distillation.Backward(child, parent, ids.narrow(0, 0, 1)).item<double>()
                + distillation.Backward(child, parent, ids.narrow(0, 1, 2)).item<double>());

        Assert.Equal(whole, shares, 1e-5);
        Gradients.Equal(gradients, sharedGradients);
    }

    [Fact]
    public void Backward_EveryWeight_HasTheSlopeOfTheLoss()
    {
        using CausalLanguageModel parent = TinyModel.Loud(), child = Child();
        using var scope = NewDisposeScope();
        Tensor ids = Ids(2, 8);
        using DistillationLoss distillation = Loss(1, 1, 0.5, 2, ids);
        float[] gradients = Gradients.Of(child, () => distillation.Backward(child, parent, ids).item<double>()).Values;

        int offset = 0;
        foreach ((string name, Tensor weight) in child.Weights)
        {
            int size = (int)weight.numel();
            float[] own = gradients[offset..(offset + size)];
            offset += size;
            double norm = Math.Sqrt(own.Sum(value => (double)value * value));
            if (norm < 1e-3)
                continue;
            // Along the normalized gradient the slope is the gradient's norm.
            const double Step = 5e-3;
            double Shifted(double by)
            {
                float[] kept = weight.data<float>().ToArray();
                using (no_grad())
                    weight.copy_(tensor([.. kept.Select((value, i) => (float)(value + (by * own[i] / norm)))], weight.shape));
                double loss = Gradients.Of(child, () => distillation.Backward(child, parent, ids).item<double>()).Loss;
                using (no_grad())
                    weight.copy_(tensor(kept, weight.shape));
                return loss;
            }
            double slope = (Shifted(Step) - Shifted(-Step)) / (2 * Step);

            Assert.True(Math.Abs(slope - norm) < (0.03 * norm) + 1e-3, $"{name}: slope {slope}, gradient {norm}");
        }
    }

    private static Tensor Formula(CausalLanguageModel parent, CausalLanguageModel child, Tensor ids, double cosine, double kl,
        double languageModel, double temperature)
    {
        (List<Tensor> expected, Tensor parentLogits) = Run(parent);
        (List<Tensor> actual, Tensor logits) = Run(child);
        long tokens = ids.numel(), length = ids.size(1);
        Tensor distance = expected.Zip(actual, (p, c) => p.mul(c).sum(-1).div(p.norm(2, p: 2f).mul(c.norm(2, p: 2f))))
            .Select(similarity => ones_like(similarity).sub(similarity).sum()).Aggregate((a, b) => a + b) / tokens;
        Tensor p = log_softmax(parentLogits.detach() / temperature, -1), q = log_softmax(logits / temperature, -1);
        Tensor divergence = p.exp().mul(p.sub(q)).sum() * (temperature * temperature / tokens);
        Tensor next = cross_entropy(
            logits.narrow(1, 0, length - 1).reshape((length - 1) * ids.size(0), -1), ids.narrow(1, 1, length - 1).reshape(-1));
        return (distance * cosine) + (divergence * kl) + (next * languageModel);

        (List<Tensor> States, Tensor Logits) Run(CausalLanguageModel model)
        {
            Tensor hidden = model.Embed(ids);
            var states = new List<Tensor>();
            foreach (TransformerBlock block in model.Blocks)
                states.Add(hidden = block.Forward(hidden, model.Rotary.At(0, (int)ids.size(1))));
            return (states, model.Logits(hidden));
        }
    }

    private static CausalLanguageModel Child() => TinyModel.Loud(
        TinyModel.Config()
            with { Architecture = new Architecture(new[] { "gqa-2/16", "noop/48", "linear/noop" }.Select(BlockConfig.Parse)) }, seed: 2);

    private static DistillationLoss Loss(double cosine, double kl, double languageModel, double temperature, Tensor ids) => new(
        new GlobalDistillationOptions { CosineWeight = cosine, KlWeight = kl, LanguageModelWeight = languageModel,
            Temperature = temperature },
        ids.numel(), ids.size(0) * (ids.size(1) - 1));

    private static Tensor Ids(int windows, int length) =>
        randint(0, TinyModel.Vocabulary, [windows, length], generator: new Generator(7)).to(ScalarType.Int64);
}
