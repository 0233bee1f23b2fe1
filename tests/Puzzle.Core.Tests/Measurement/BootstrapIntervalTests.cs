using CsCheck;
using Puzzle.Measurement;

namespace Puzzle.Tests.Measurement;

public sealed class BootstrapIntervalTests
{
    [Fact]
    public void Of_AnySamples_HoldsWithinThemAndRepeats() => Gen.Double[-10, 10].Array[1, 30].Sample(samples =>
    {
        BootstrapInterval interval = BootstrapInterval.FromSamples(samples, 0.9, resamples: 200, seed: 5),
            wider = BootstrapInterval.FromSamples(samples, 0.99, resamples: 200, seed: 5);

        Assert.Equal(samples.Average(), interval.Mean);
        Assert.InRange(interval.Lower, samples.Min() - 1e-9, interval.Upper);
        Assert.InRange(interval.Upper, interval.Lower, samples.Max() + 1e-9);
        Assert.True(wider.Lower <= interval.Lower && wider.Upper >= interval.Upper);
        Assert.Equal(interval, BootstrapInterval.FromSamples(samples, 0.9, resamples: 200, seed: 5));
    });

    [Fact]
    public void Of_NormalSamples_IsTheTextbookInterval()
    {
        var random = new Random(1);
        double[] samples = [.. Enumerable.Range(0, 400)
            .Select(_ => 3 + (2 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
        double mean = samples.Average(), error = Math.Sqrt(samples.Sum(x => (x - mean) * (x - mean)) / 399 / 400);

        BootstrapInterval interval = BootstrapInterval.FromSamples(samples, resamples: 4000);

        Assert.Equal(mean - (1.96 * error), interval.Lower, 0.02);
        Assert.Equal(mean + (1.96 * error), interval.Upper, 0.02);
        Assert.NotEqual(interval, BootstrapInterval.FromSamples(samples, resamples: 4000, seed: 1));
    }

    [Fact]
    public void Of_EqualSamples_IsAPoint() => Assert.Equal(new BootstrapInterval(0, 0, 0, 0.95), BootstrapInterval.FromSamples([0, 0, 0]));

    [Fact]
    public void Of_NonsensicalArguments_Throws()
    {
        Assert.Throws<ArgumentException>(() => BootstrapInterval.FromSamples([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BootstrapInterval.FromSamples([1], level: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => BootstrapInterval.FromSamples([1], level: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => BootstrapInterval.FromSamples([1], resamples: 0));
    }
}
