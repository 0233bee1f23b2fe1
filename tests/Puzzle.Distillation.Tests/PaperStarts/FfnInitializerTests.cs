using Puzzle.Architectures;
using Puzzle.Distillation.PaperStarts;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.PaperStarts;

public sealed class FfnInitializerTests
{
    private const string Down = "mlp.down_proj.weight";

    [Fact]
    public void Measure_EveryChannel_IsHowFarTheOutputMovesWithoutIt()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using CausalLanguageModel model = TinyModel.Loud();
        var ffn = (GatedFeedForward)model.Blocks[0].Ffn;
        Tensor[] batches = [Random([2, 5, 32], 1), Random([3, 7, 32], 2)];

        float[] contribution = ChannelContribution.Measure(ffn, batches, batches.Length).data<float>().ToArray();

        Assert.Equal(48, contribution.Length);
        RotaryTable rotary = model.Rotary.At(0, 7);
        Tensor[] whole = [.. batches.Select(batch => ffn.Forward(batch, rotary))];
        Tensor down = ffn.Weights[Down];
        for (int channel = 0; channel < contribution.Length; channel++)
        {
            Tensor column = down.narrow(1, channel, 1), kept = column.clone();
            column.zero_();
            double moved = batches.Zip(
                whole, (batch, before) => (double)before.sub(ffn.Forward(batch, rotary)).norm(2, p: 2f).sum().item<float>()).Sum();
            column.copy_(kept);

            Assert.Equal(moved / 31, contribution[channel], 1e-4 * contribution.Max());
        }
    }

    [Fact]
    public void Create_FullWidth_IsTheParentBitForBit()
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        IReadOnlyDictionary<string, Tensor> parent = model.Blocks[1].Ffn.Weights;

        Dictionary<string, Tensor> made = FfnInitializer.Create(parent, Random([48], 1), new GatedFfnConfig(48));

        Assert.Equal(parent.Keys.Order(), made.Keys.Order());
        Assert.All(made, weight => Assert.True(weight.Value.bytes.SequenceEqual(parent[weight.Key].bytes)));
    }

    [Fact]
    public void Create_Narrower_KeepsTheLargestContributionsInTheirOrder()
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        IReadOnlyDictionary<string, Tensor> parent = model.Blocks[1].Ffn.Weights;
        var contribution = new float[48];
        (contribution[40], contribution[3], contribution[17], contribution[5], contribution[6]) = (9, 8, 7, 1, 1);

        Dictionary<string, Tensor> made = FfnInitializer.Create(parent, tensor(contribution), new GatedFfnConfig(4));

        // Of equal contributions the first channel stays.
        Tensor kept = tensor(new long[] { 3, 5, 17, 40 });
        Assert.Equal([32, 4], made[Down].shape);
        Assert.Equal(parent[Down].index_select(1, kept).data<float>().ToArray(), made[Down].data<float>().ToArray());
        foreach (string name in new[] { "mlp.up_proj.weight", "mlp.gate_proj.weight" })
            Assert.Equal(parent[name].index_select(0, kept).data<float>().ToArray(), made[name].data<float>().ToArray());
    }

    [Fact]
    public void Create_Wider_Throws()
    {
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();

        Assert.Throws<ArgumentException>(() => FfnInitializer.Create(model.Blocks[0].Ffn.Weights, Random([48], 1), new GatedFfnConfig(49)));
    }

    private static Tensor Random(long[] shape, ulong seed) => randn(shape, generator: new Generator(seed));
}
