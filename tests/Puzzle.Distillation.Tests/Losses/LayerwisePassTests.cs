using Puzzle.Distillation.Global;
using Puzzle.Distillation.Losses;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Losses;

public sealed class LayerwisePassTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Backward_RecomputedLayers_GiveTheSameBits(double cosine, double kl)
    {
        using CausalLanguageModel parent = TinyModel.Loud(TinyModel.Mixed()), child = TinyModel.Loud(TinyModel.Mixed(), seed: 2);
        using var scope = NewDisposeScope();
        Tensor ids = Ids();

        (double loss, float[] gradients) = Backward(recompute: false);
        (double again, float[] recomputed) = Backward(recompute: true);

        Assert.Equal(loss, again);
        Assert.Equal(gradients, recomputed);
        Assert.Contains(gradients, gradient => gradient != 0);

        (double, float[]) Backward(bool recompute)
        {
            using var distillation = new DistillationLoss(
                new GlobalDistillationOptions { CosineWeight = cosine, KlWeight = kl, RecomputeActivations = recompute }, ids.numel(),
                    ids.numel());
            return Gradients.Of(child, () => distillation.Backward(child, parent, ids).item<double>());
        }
    }

    private static Tensor Ids() => randint(0, TinyModel.Vocabulary, [2, 9], generator: new Generator(7)).to(ScalarType.Int64);
}
