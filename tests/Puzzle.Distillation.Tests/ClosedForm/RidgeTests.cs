using Puzzle.Distillation.ClosedForm;
using static TorchSharp.torch;

namespace Puzzle.Tests.ClosedForm;

public sealed class RidgeTests
{
    [Fact]
    public void Solve_NormalEquations_IsTheLeastSquaresOfTextAndPenaltyTogether()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        Tensor x = Random(generator, 200, 12), y = Random(generator, 200, 5), start = Random(generator, 12, 5);
        using SecondMoments moments = SecondMoments.Measure(
            4, batch => (x.narrow(0, batch * 50, 50), y.narrow(0, batch * 50, 50)), CancellationToken.None);

        Tensor solved = Ridge.Solve(moments.Gram, moments.Cross!, start, moments.Tokens);

        // The same minimum by a QR factorization of the rows themselves, the penalty as further rows.
        double weight = Math.Sqrt(200 * Ridge.Strength(moments.Gram, 200));
        Tensor penalty = eye(12, dtype: ScalarType.Float64).mul(tensor(weight));
        Tensor expected = linalg.lstsq(cat([x, penalty], 0), cat([y, penalty.matmul(start)], 0)).Solution;
        Assert.Equal(200, moments.Tokens);
        Assert.Equal(12 / 400.0, Ridge.Strength(moments.Gram, 200) / x.mul(x).mean().item<double>(), 1e-6);
        Close(expected, solved, 1e-6);
    }

    [Fact]
    public void Solve_FeaturesThatAreZero_LeavesTheStart()
    {
        using var scope = NewDisposeScope();
        Tensor gram = zeros([3, 3], ScalarType.Float64), start = arange(6, dtype: ScalarType.Float64).view(3, 2);

        Close(start, Ridge.Solve(gram, zeros([3, 2], ScalarType.Float64), start, 10), 1e-12);
    }

    private static Tensor Random(Generator generator, params long[] shape) =>
        normal(0, 1, shape, ScalarType.Float64, CPU, generator: generator);

    private static void Close(Tensor expected, Tensor actual, double tolerance) =>
        Assert.All(
            expected.contiguous().data<double>().ToArray().Zip(actual.contiguous().data<double>().ToArray()),
            pair => Assert.Equal(pair.First, pair.Second, tolerance));
}
