using Puzzle.Models;

namespace Puzzle.Tests.Models;

public sealed class TokenSamplerTests
{
    private const int Draws = 20_000;

    [Fact]
    public void Choose_Greedy_TakesTheFirstOfTheLikeliest() =>
        Assert.Equal(1, new TokenSampler(new GenerationOptions(), 0).Choose([0, 3, -1, 3]));

    [Fact]
    public void Choose_Temperature_DrawsEachTokenAsOftenAsItsProbability()
    {
        // exp(logit / 2) = 1, 2, 5.
        double[] shares = Shares(new GenerationOptions { Temperature = 2 }, [0, 2 * MathF.Log(2), 2 * MathF.Log(5)]);

        Assert.Equal(0.125, shares[0], 0.01);
        Assert.Equal(0.25, shares[1], 0.01);
        Assert.Equal(0.625, shares[2], 0.01);
    }

    [Fact]
    public void Choose_TopK_DrawsFromTheLikeliestOnly()
    {
        double[] shares = Shares(new GenerationOptions { Temperature = 1, TopK = 2 }, [MathF.Log(3), 0, MathF.Log(6), 0]);

        Assert.Equal(1 / 3.0, shares[0], 0.01);
        Assert.Equal(2 / 3.0, shares[2], 0.01);
        Assert.Equal(0, shares[1] + shares[3]);
    }

    [Theory]
    [InlineData(0.3, 1)]
    [InlineData(0.6, 2)]
    [InlineData(0.85, 3)]
    [InlineData(1, 4)]
    public void Choose_TopP_DrawsFromTheFewestThatReachIt(double topP, int kept)
    {
        // Probabilities 0.4, 0.3, 0.2, 0.1, not in this order.
        double[] shares = Shares(
            new GenerationOptions { Temperature = 1, TopP = topP }, [MathF.Log(1), MathF.Log(3), MathF.Log(4), MathF.Log(2)]);

        Assert.Equal(kept, shares.Count(share => share > 0));
        Assert.Equal(0.4 / new[] { 0.4, 0.7, 0.9, 1 }[kept - 1], shares[2], 0.015);
    }

    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(0, 1e-9)]
    public void Choose_OnlyTheLikeliestLeft_IsGreedy(int topK, double topP) =>
        Assert.Equal(1, Shares(new GenerationOptions { Temperature = 5, TopK = topK, TopP = topP }, [0, 0.1f, 0.05f])[1]);

    [Fact]
    public void Choose_TinyTemperature_DoesNotOverflow() =>
        Assert.Equal(1, Shares(new GenerationOptions { Temperature = 1e-6 }, [-1000, 1000, 999])[1]);

    [Fact]
    public void Choose_SeedAndSequence_DecideTheDraws()
    {
        Assert.Equal(Sequence(seed: 1, sequence: 0), Sequence(seed: 1, sequence: 0));
        Assert.NotEqual(Sequence(seed: 1, sequence: 0), Sequence(seed: 1, sequence: 1));
        Assert.NotEqual(Sequence(seed: 1, sequence: 0), Sequence(seed: 2, sequence: 0));

        static int[] Sequence(long seed, int sequence)
        {
            var sampler = new TokenSampler(new GenerationOptions { Temperature = 1, Seed = seed }, sequence);
            return [.. Enumerable.Range(0, 40).Select(_ => sampler.Choose([0, 0, 0, 0]))];
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Choose_LogitNotFinite_Throws(float logit) =>
        Assert.Throws<InvalidOperationException>(() => new TokenSampler(new GenerationOptions(), 0).Choose([0, logit]));

    private static double[] Shares(GenerationOptions options, float[] logits)
    {
        var sampler = new TokenSampler(options, 3);
        double[] shares = new double[logits.Length];
        for (int draw = 0; draw < Draws; draw++)
            shares[sampler.Choose(logits)] += 1.0 / Draws;
        return [.. shares.Select(share => Math.Round(share, 9))];
    }
}
