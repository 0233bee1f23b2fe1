using Puzzle.Distillation.Training;
using static TorchSharp.torch;

namespace Puzzle.Tests.Training;

public sealed class FlatGradientsTests
{
    [Fact]
    public void Norm_LongerThanOneSpan_EqualsOneSpan()
    {
        using var scope = NewDisposeScope();
        using FlatGradients gradients = Random(200_001);

        double norm = gradients.Norm();

        Assert.Equal(Math.Sqrt(gradients.Buffer.data<float>().Sum(value => (double)value * value)), norm, 1e-3);
        Assert.Equal(norm, gradients.Norm(1 << 18));
    }

    [Fact]
    public void Sum_OfOneRank_SumsElementwise_AndClearZeroes()
    {
        using var scope = NewDisposeScope();
        using FlatGradients sums = Random(100), others = Random(100);
        float[] expected = [.. sums.Buffer.data<float>().Zip(others.Buffer.data<float>(), (a, b) => a + b)];

        new OneRank().Sum([sums.Buffer, others.Buffer]);

        Assert.Equal(expected, sums.Buffer.data<float>().ToArray());
        sums.Clear();
        Assert.Equal(0, sums.Buffer.abs().max().item<float>());
    }

    private static FlatGradients Random(long count)
    {
        var gradients = new FlatGradients([zeros(count)]);
        gradients.Buffer.copy_(randn(count, generator: new Generator(1)));
        return gradients;
    }
}
