using Puzzle.Architectures;
using Puzzle.Distillation.PaperStarts;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.PaperStarts;

public sealed class MixtureInitializerTests
{
    private static readonly MixtureFfnConfig Own = new(4, 2, 12);

    private static readonly ModelConfig Config = TinyModel.Config(1) with
    {
        Architecture = Architecture.Uniform(1, new BlockConfig(new GroupedQueryAttentionConfig(4), Own)),
    };

    [Fact]
    public void Measure_Experts_IsHowFarTheOutputMovesWithoutThem()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        (Dictionary<string, Tensor> weights, Tensor hidden) = Random();
        using Subblock ffn = Ffn(weights);
        using ExpertContribution contribution = ExpertContribution.Measure((MixtureFeedForward)ffn, Own, [hidden], 1);
        Tensor whole = ffn.Forward(hidden, null!);
        for (int expert = 0; expert < 4; expert++)
        {
            Dictionary<string, Tensor> without = weights.ToDictionary(weight => weight.Key, weight => weight.Value.clone());
            without[WeightNames.ExpertDown][expert].zero_();
            using Subblock changed = Ffn(without);
            float moved = whole.sub(changed.Forward(hidden, null!)).norm(2, p: 2f).sum().item<float>();
            Assert.Equal(moved, contribution.Experts[expert].item<float>(), 1e-3f * Math.Max(1, moved));
        }
        // The two weights of each token add up to one.
        Assert.Equal(1, contribution.Shares.sum().item<float>(), 1e-5f);
    }

    [Fact]
    public void Create_FewerExperts_KeepsTheBestWithTheirRouterRows()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        (Dictionary<string, Tensor> weights, Tensor hidden) = Random();
        using Subblock ffn = Ffn(weights);
        using ExpertContribution contribution = ExpertContribution.Measure((MixtureFeedForward)ffn, Own, [hidden], 1);
        float[] worth = contribution.Experts.data<float>().ToArray();
        int[] kept = [.. Enumerable.Range(0, 4).OrderByDescending(expert => worth[expert]).Take(3).Order()];

        Dictionary<string, Tensor> made = MixtureInitializer.Create(Own, weights, contribution, Own with { Experts = 3 });

        foreach (string name in new[] { WeightNames.Router, WeightNames.ExpertGate, WeightNames.ExpertUp, WeightNames.ExpertDown })
        {
            for (int expert = 0; expert < 3; expert++)
                Assert.True(made[name][expert].equal(weights[name][kept[expert]]).all().item<bool>());
        }
    }

    private static (Dictionary<string, Tensor> Weights, Tensor Hidden) Random()
    {
        var generator = new Generator(11);
        return (
            WeightNames.Ffn(Config, Own).ToDictionary(weight => weight.Name, weight => randn([.. weight.Shape], generator: generator)),
            randn([2, 7, 32], generator: generator));
    }

    private static Subblock Ffn(Dictionary<string, Tensor> weights) =>
        TransformerBlock.CreateFfn(Config, Own, name => weights[name].clone());
}
