using Puzzle.Architectures;
using Puzzle.Distillation.ClosedForm;
using Puzzle.Distillation.PaperStarts;
using Puzzle.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.ClosedForm;

public sealed class FewerHeadsTests
{
    private const string Key =
        "self_attn.k_proj.weight", Value = "self_attn.v_proj.weight", Query = "self_attn.q_proj.weight", Output = "self_attn.o_proj.weight";

    [Theory]
    [InlineData(4, 2, true)]
    [InlineData(4, 2, false)]
    [InlineData(4, 1, true)]
    [InlineData(2, 1, true)]
    [InlineData(2, 1, false)]
    public void Create_HeadsThatAreOneInOtherCoordinates_LosesNothing(int parentHeads, int heads, bool withText)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using CausalLanguageModel model = TinyModel.Loud(TinyModel.Config(layers: 1) with
        {
            Architecture = Architecture.Uniform(1, BlockConfig.Parse($"gqa-{parentHeads}/48")),
        });
        Subblock parent = model.Blocks[0].Attention;
        // Each head becomes another head's values in other coordinates, and its keys times a complex factor per rotary pair.
        for (int head = 0; head < parentHeads; head++)
            Disguise(parent, head, like: head % heads);
        Tensor[] inputs = [Inputs(1), Inputs(2)];
        RotaryTable rotary = model.Rotary.At(0, 16);

        using FewerHeads fewer = Measure(model, inputs, withText);
        Dictionary<string, Tensor> made = withText
            ? fewer.Create(new GroupedQueryAttentionConfig(heads), inputs, rotary, inputs.Length, CancellationToken.None)
            : fewer.Create(heads);

        using Subblock child = TransformerBlock.CreateAttention(
            model.Config, new GroupedQueryAttentionConfig(heads), name => made[name].alias());
        Tensor hidden = Inputs(3), expected = parent.Forward(hidden, rotary).sub(hidden), found = child.Forward(hidden, rotary).sub(hidden);
        Assert.InRange(expected.sub(found).norm().item<float>() / expected.norm().item<float>(), 0, 2e-3);
    }

    [Theory]
    [InlineData(4, 2)]
    [InlineData(4, 1)]
    [InlineData(2, 1)]
    public void Create_AnyHeads_IsCloserToTheParentThanTheirMean(int parentHeads, int heads)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using CausalLanguageModel model = TinyModel.Loud(TinyModel.Config(layers: 1) with
        {
            Architecture = Architecture.Uniform(1, BlockConfig.Parse($"gqa-{parentHeads}/48")),
        });
        Subblock parent = model.Blocks[0].Attention;
        Tensor[] inputs = [.. Enumerable.Range(1, 20).Select(seed => Inputs((ulong)seed))];
        RotaryTable rotary = model.Rotary.At(0, 16);
        using FewerHeads fewer = Measure(model, inputs, withText: true);

        double mean = Error(AttentionInitializer.Create(
            model.Config, new GroupedQueryAttentionConfig(parentHeads), parent.Weights, new GroupedQueryAttentionConfig(heads)));
        double merged = Error(fewer.Create(heads));
        double fitted = Error(fewer.Create(new GroupedQueryAttentionConfig(heads), inputs, rotary, inputs.Length, CancellationToken.None));

        Assert.InRange(merged, 0, 0.95 * mean);
        Assert.InRange(fitted, 0, merged);

        double Error(Dictionary<string, Tensor> weights)
        {
            using Subblock child = TransformerBlock.CreateAttention(
                model.Config, new GroupedQueryAttentionConfig(heads), name => weights[name].clone());
            return inputs.Sum(hidden => parent.Forward(hidden, rotary).sub(child.Forward(hidden, rotary)).norm().item<float>());
        }
    }

    [Fact]
    public void Create_FewerHeadsThatSeeAWindow_FitsTheOutputToWhatTheyThenSee()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using CausalLanguageModel model = TinyModel.Loud(TinyModel.Config(layers: 1));
        Tensor[] inputs = [.. Enumerable.Range(1, 20).Select(seed => Inputs((ulong)seed))];
        RotaryTable rotary = model.Rotary.At(0, 16);
        using FewerHeads fewer = Measure(model, inputs, withText: true);
        var narrow = new GroupedQueryAttentionConfig(1) { Window = 2 };

        double own = Error(narrow), whole = Error(new GroupedQueryAttentionConfig(1));

        Assert.InRange(own, 0, 0.97 * whole);

        // The error on the text that was fitted to: least squares on other features cannot be as close.
        double Error(GroupedQueryAttentionConfig fitted)
        {
            Dictionary<string, Tensor> weights = fewer.Create(fitted, inputs, rotary, inputs.Length, CancellationToken.None);
            using Subblock child = TransformerBlock.CreateAttention(model.Config, narrow, name => weights[name].alias());
            return inputs.Sum(hidden => Square(model.Blocks[0].Attention.Forward(hidden, rotary).sub(child.Forward(hidden, rotary))));
        }

        static double Square(Tensor values) => values.square().sum().item<float>();
    }

    private static FewerHeads Measure(CausalLanguageModel model, Tensor[] inputs, bool withText)
    {
        using Subblock linear = LinearFit.Empty(model.Config, model.Blocks[0].Attention, isAttention: true);
        using SecondMoments moments = withText
            ? SecondMoments.Measure(
                inputs.Length, batch => (linear.Features(inputs[batch], model.Rotary.At(0, 16)), null), CancellationToken.None)
            : SecondMoments.Identity(32);
        return new FewerHeads(model.Config, model.Blocks[0].Attention, moments);
    }

    private static void Disguise(Subblock attention, int head, int like)
    {
        if (head == like)
            return;
        Tensor key = attention.Weights[Key], value = attention.Weights[Value];
        using var generator = new Generator((ulong)(head + 7), CPU);
        Tensor change = normal(0, 1, [8, 8], ScalarType.Float32, CPU, generator: generator);
        value.narrow(0, head * 8, 8).copy_(change.matmul(value.narrow(0, like * 8, 8)));
        Tensor factor = normal(0, 1, [2, 4, 1], ScalarType.Float32, CPU, generator: generator);
        Tensor a = key.narrow(0, like * 8, 4), b = key.narrow(0, (like * 8) + 4, 4);
        key.narrow(0, head * 8, 4).copy_(a.mul(factor[0]).sub(b.mul(factor[1])));
        key.narrow(0, (head * 8) + 4, 4).copy_(b.mul(factor[0]).add(a.mul(factor[1]), 1.ToScalar()));
    }

    private static Tensor Inputs(ulong seed)
    {
        using var generator = new Generator(seed, CPU);
        return normal(0, 1, [2, 16, 32], ScalarType.Float32, CPU, generator: generator);
    }
}
