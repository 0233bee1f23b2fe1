using Puzzle.Architectures;
using Puzzle.Distillation.PaperStarts;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.PaperStarts;

public sealed class AttentionInitializerTests
{
    [Fact]
    public void Create_HalfTheHeads_AveragesNeighbors()
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        IReadOnlyDictionary<string, Tensor> parent = model.Blocks[0].Attention.Weights;

        Dictionary<string, Tensor> made = AttentionInitializer.Create(
            model.Config, new GroupedQueryAttentionConfig(4), parent, new GroupedQueryAttentionConfig(2));

        foreach (string name in new[] { "self_attn.k_proj.weight", "self_attn.v_proj.weight" })
        {
            Assert.Equal([16, 32], made[name].shape);
            for (int head = 0; head < 2; head++)
            {
                float[] first = Head(parent[name], 2 * head), second = Head(parent[name], (2 * head) + 1), pooled = Head(made[name], head);
                Assert.All(pooled.Index(), value => Assert.Equal((first[value.Index] + second[value.Index]) / 2, value.Item, 1e-7f));
            }
        }
        Assert.True(made["self_attn.q_proj.weight"].bytes.SequenceEqual(parent["self_attn.q_proj.weight"].bytes));
        Assert.True(made["self_attn.o_proj.weight"].bytes.SequenceEqual(parent["self_attn.o_proj.weight"].bytes));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void Create_NotAPoolingOfTheParent_Throws(int heads)
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();

        Assert.Throws<ArgumentException>(() => AttentionInitializer.Create(
            model.Config, new GroupedQueryAttentionConfig(4), model.Blocks[0].Attention.Weights, new GroupedQueryAttentionConfig(heads)));
    }

    private static float[] Head(Tensor projection, int head) => projection.narrow(0, head * 8, 8).contiguous().data<float>().ToArray();
}
