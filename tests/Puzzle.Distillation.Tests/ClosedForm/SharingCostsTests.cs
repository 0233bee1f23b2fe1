using System.Numerics;
using Puzzle.Architectures;
using Puzzle.Distillation.ClosedForm;
using Puzzle.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.ClosedForm;

public sealed class SharingCostsTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(2)]
    public void Of_EveryPair_IsWhatSingularValuesSay(int keyValueHeads)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using CausalLanguageModel model = TinyModel.Loud(TinyModel.Config(layers: 1) with
        {
            Architecture = Architecture.Uniform(1, BlockConfig.Parse($"gqa-{keyValueHeads}/48")),
        });
        AttentionMatrices heads = HeadWeights.Split(model.Config, model.Blocks[0].Attention.Weights);
        using var generator = new Generator(5, CPU);
        Tensor text = normal(0, 0.2, [90, 32], ScalarType.Float64, CPU, generator: generator);
        using var statistics = new HeadStatistics(heads, text.t().matmul(text).div(tensor(90.0)));

        double[,] costs = SharingCosts.Of(statistics);

        for (int head = 0; head < keyValueHeads; head++)
        {
            Assert.Equal(0, costs[head, head]);
            for (int other = 0; other < head; other++)
            {
                double expected = LostValues(head, other) + LostKeys(head, other);
                Assert.Equal(expected, costs[head, other], 1e-9 * expected);
                Assert.Equal(costs[head, other], costs[other, head]);
            }
        }

        // What each head's values become after O, both heads side by side: all but the largest H singular values go.
        double LostValues(params int[] pair)
        {
            Tensor outputs = cat([.. pair.Select(Effect)], 1);
            double[] values = linalg.svdvals(outputs).data<double>().ToArray();
            return values[8..].Sum(value => value * value) / 90;
        }

        // Whitened by R^1/2, so that a column's square is what O makes of it.
        Tensor Effect(int head)
        {
            Tensor readers = cat([.. heads.QueriesOf(head).Select(query => heads.Output[query])], 0);
            return text.matmul(heads.Value[head].t()).matmul(linalg.cholesky(readers.t().matmul(readers)));
        }

        double LostKeys(int head, int other)
        {
            double[] errors = new double[2];
            for (int pair = 0; pair < 4; pair++)
            {
                Complex[][] rows = [Row(head, pair), Row(other, pair)];
                double a = Product(rows[0], rows[0]).Real, d = Product(rows[1], rows[1]).Real, b = Product(rows[0], rows[1]).Magnitude;
                // The angle of the first right singular vector's share in each row.
                double angle = Math.Atan2(2 * b, a - d) / 2;
                double largest =
                    (a * Math.Pow(Math.Cos(angle), 2)) + (2 * b * Math.Sin(angle) * Math.Cos(angle)) + (d * Math.Pow(Math.Sin(angle), 2));
                errors[0] += a - (largest * Math.Pow(Math.Cos(angle), 2));
                errors[1] += d - (largest * Math.Pow(Math.Sin(angle), 2));
            }
            int[] both = [head, other];
            return both.Select((one, index) => Math.Min(
                1, errors[index] / (2 * 8 * heads.QueriesPerHead)) * Effect(one).pow(2.ToScalar()).sum().item<double>() / 90).Sum();
        }

        // Weighted keys of all tokens in one rotary pair.
        Complex[] Row(int head, int pair)
        {
            double[] real = Numbers(heads.Key[head, pair]), imaginary = Numbers(heads.Key[head, pair + 4]);
            double weight = Math.Sqrt(heads.QueriesOf(head).Sum(
                query => Numbers(heads.Query[query, pair]).Concat(Numbers(heads.Query[query, pair + 4])).Sum(value => value * value) / 90));
            return [.. real.Zip(imaginary, (a, b) => new Complex(a, b) * weight)];
        }

        double[] Numbers(Tensor row) => text.matmul(row).data<double>().ToArray();

        static Complex Product(Complex[] one, Complex[] other) =>
            one.Zip(other, (a, b) => a * Complex.Conjugate(b)).Aggregate(Complex.Zero, (sum, value) => sum + value) / one.Length;
    }
}
