using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Measurement;

public sealed class ExpertUsageTests
{
    private static readonly MixtureFfnConfig Own = new(6, 2, 8);

    private static readonly ModelConfig Config = TinyModel.Config(2) with
    {
        Architecture = new Architecture(
            [
                new BlockConfig(new GroupedQueryAttentionConfig(4), Own),
                new BlockConfig(new NoOpAttentionConfig(), new NoOpFfnConfig()),
                new BlockConfig(new GroupedQueryAttentionConfig(2), Own),
            ]),
        Ffn = new FfnFeatures { RouterBias = true },
    };

    [Fact]
    public void DistinctExperts_OfTwoTokens_IsTheMeanOverAllPairs()
    {
        using CausalLanguageModel parent = TinyModel.Loud(Config);
        PackedTokenDataset text = TinyModel.Windows(3);
        var usage = ExpertUsage.Measure(parent, [Own], text, cancellationToken: TestContext.Current.CancellationToken);
        long[][][] layers = [Routes(parent, text, 0), Routes(parent, text, 2)];

        double one = layers.Average(tokens => tokens.Average(token => token.Length));
        double two = layers.Average(tokens => tokens.SelectMany(_ => tokens, (a, b) => a.Union(b).Count()).Average());

        Assert.Equal(one, usage.DistinctExperts(Own, 1), 1e-9);
        Assert.Equal(two, usage.DistinctExperts(Own, 2), 1e-9);
        Assert.True(two < ExpertUsage.EvenlyUsed(Own, 2), "The text uses all experts alike: the test shows nothing.");
    }

    [Fact]
    public void DistinctExperts_RouterThatPrefersTwo_CountsTheVariantsOwnRouting()
    {
        using CausalLanguageModel parent = TinyModel.Loud(Config);
        using var noGradients = no_grad();
        foreach (int layer in new[] { 0, 2 })
        {
            using Tensor bias = tensor(new float[] { 0, 1010, 0, 0, 1000, 0 });
            parent.Blocks[layer].Ffn.Weights[WeightNames.RouterBias].copy_(bias);
        }
        MixtureFfnConfig three = Own with { Experts = 3 }, single = Own with { ActiveExperts = 1 }, larger = Own with { Experts = 7 };
        var usage = ExpertUsage.Measure(
            parent, [Own, three, single, larger, new GatedFfnConfig(8)], TinyModel.Windows(2), 1, TestContext.Current.CancellationToken);

        Assert.Equal(2, usage.DistinctExperts(Own, 1000), 1e-9);
        Assert.Equal(2, usage.DistinctExperts(three, 1000), 1e-9);
        Assert.Equal(1, usage.DistinctExperts(single, 1000), 1e-9);
        // No layer can hold it, so nothing is known.
        Assert.Equal(ExpertUsage.EvenlyUsed(larger, 3), usage.DistinctExperts(larger, 3), 1e-9);
        Assert.Equal(1, ExpertUsage.EvenTokens(usage, Own, 64));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(8, 7.1990966796875)]
    public void EvenlyUsed_EightExpertsTwoActive_IsAsCalculated(int tokens, double expected) =>
        Assert.Equal(expected, ExpertUsage.EvenlyUsed(new MixtureFfnConfig(8, 2, 16), tokens), 1e-12);

    [Fact]
    public void EvenTokens_ExpertsUsedAlikeOrNotKnown_AreTheTokens()
    {
        Assert.Equal(64, ExpertUsage.EvenTokens(null, Own, 64));
        Assert.Equal(64, ExpertUsage.EvenTokens(null, Own with { ActiveExperts = 6 }, 64));
    }

    // Of every token of the text, the experts that the layer's router sends it to.
    private static long[][] Routes(CausalLanguageModel parent, PackedTokenDataset text, int layer)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var tokens = new List<long[]>();
        for (int window = 0; window < text.Count; window++)
        {
            Tensor hidden = parent.Embed(tensor(text[window].ToArray().Select(id => (long)id).ToArray()).unsqueeze(0));
            RotaryTable rotary = parent.Rotary.At(0, text.SequenceLength);
            for (int before = 0; before < layer; before++)
                hidden = parent.Blocks[before].Forward(hidden, rotary);
            hidden = parent.Blocks[layer].Attention.Forward(hidden, rotary);
            (Tensor experts, _) = ((MixtureFeedForward)parent.Blocks[layer].Ffn).Route(hidden);
            tokens.AddRange(experts.data<long>().ToArray().Chunk(Own.ActiveExperts));
        }
        return [.. tokens];
    }
}
