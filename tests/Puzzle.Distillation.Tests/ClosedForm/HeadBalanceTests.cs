using Puzzle.Architectures;
using Puzzle.Distillation.ClosedForm;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.ClosedForm;

public sealed class HeadBalanceTests
{
    [Fact]
    public void Balance_MergedHeads_KeepsTheFunctionAndHasTheParentsScales()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using CausalLanguageModel model = TinyModel.Loud(TinyModel.Config(layers: 1));
        Subblock parent = model.Blocks[0].Attention;
        using var statistics = new HeadStatistics(HeadWeights.Split(model.Config, parent.Weights), eye(32, dtype: ScalarType.Float64));
        int[][] groups = [[0, 2], [1, 3]];
        AttentionMatrices merged = SharedHeads.Merge(statistics, groups, alignKeys: true);
        AttentionMatrices balanced = HeadBalance.Balance(merged, statistics.Heads, groups);

        using Subblock before = Build(merged), after = Build(balanced);
        Tensor hidden = normal(0, 1, [2, 16, 32], generator: new Generator(1, CPU));
        RotaryTable rotary = model.Rotary.At(0, 16);
        Tensor expected = before.Forward(hidden, rotary), found = after.Forward(hidden, rotary);
        Assert.InRange(expected.sub(found).abs().max().item<float>() / expected.abs().max().item<float>(), 0, 1e-5);
        for (int head = 0; head < 2; head++)
        {
            long[] pair = [.. groups[head].Select(member => (long)member)], readers = [2 * head, (2 * head) + 1];
            Assert.Equal(
                Ratio(statistics.Heads.Value, pair, statistics.Heads.Output, pair), Ratio(balanced.Value, [head], balanced.Output, readers),
                1e-6);
            Assert.Equal(
                Ratio(statistics.Heads.Key, pair, statistics.Heads.Query, pair), Ratio(balanced.Key, [head], balanced.Query, readers),
                1e-6);
        }

        Subblock Build(AttentionMatrices heads)
        {
            Dictionary<string, Tensor> weights = HeadWeights.Join(heads, parent.Weights);
            return TransformerBlock.CreateAttention(model.Config, new GroupedQueryAttentionConfig(2), name => weights[name]);
        }

        static double Ratio(Tensor shared, long[] heads, Tensor readers, long[] queries) =>
            Rms(shared.index_select(0, tensor(heads))) / Rms(readers.index_select(0, tensor(queries)));

        static double Rms(Tensor values) => Math.Sqrt(values.mul(values).mean().item<double>());
    }
}
