using Puzzle.Distillation.Training;
using static TorchSharp.torch;

namespace Puzzle.Tests.Training;

public sealed class MuonTests
{
    [Theory]
    [InlineData(16, 16)]
    [InlineData(16, 40)]
    [InlineData(40, 16)]
    public void Orthogonalize_KeepsSingularVectors_AndBringsValuesNearOne(long rows, long columns)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = randn([rows, columns], generator: new Generator(1));
        (Tensor u, _, Tensor v) = linalg.svd(matrix, fullMatrices: false);

        Tensor result = Muon.Orthogonalize(matrix);

        // In the basis of the singular vectors the result is diagonal.
        float[] values = u.t().matmul(result).matmul(v.t()).diagonal().data<float>().ToArray();
        Assert.All(values, value => Assert.InRange(value, 0.6f, 1.25f));
        Assert.Equal(result.norm().item<float>(), Math.Sqrt(values.Sum(value => value * value)), 1e-3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Step_HiddenMatricesMoveOrthogonally_OthersAsByAdamW(int workers)
    {
        using var scope = NewDisposeScope();
        Tensor[] own = Weights(), plain = Weights();
        Tensor before = own[1].clone();
        var options = new AdamWOptions(WeightDecay: 0);
        using FlatGradients gradients = new(own), same = new(plain);
        using var muon = new Muon(own, [own[1]], options, workers);
        using var adam = new SimdAdamW(plain, options);
        gradients.Buffer.copy_(randn(gradients.Buffer.shape, generator: new Generator(2)));
        same.Buffer.copy_(gradients.Buffer);

        muon.Step(gradients, 0.01, 1);
        adam.Step(same, 0.01, 1);

        Assert.Equal(plain[0].data<float>().ToArray(), own[0].data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(plain[2].data<float>().ToArray(), own[2].data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        Tensor moved = before.sub(own[1].detach());
        (Tensor u, _, Tensor v) = linalg.svd(
            gradients.Buffer.narrow(0, own[0].numel(), own[1].numel()).view(own[1].shape), fullMatrices: false);
        Tensor direction = u.matmul(v);
        double cosine = (moved.mul(direction).sum().div(moved.norm()).div(direction.norm())).item<float>();
        Assert.True(cosine > 0.97, $"the cosine to the orthogonal direction is {cosine}");
        // The root mean square of an update is a fifth of the learning rate: "Muon is Scalable for LLM Training", equation 4.
        Assert.InRange(moved.square().mean().sqrt().item<float>(), 0.01 * 0.2 * 0.7, 0.01 * 0.2 * 1.2);

        static Tensor[] Weights()
        {
            var random = new Generator(3);
            return [randn([30, 12], generator: random), randn([12, 20], generator: random), randn([12], generator: random)];
        }
    }
}
