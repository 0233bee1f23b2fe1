using Puzzle.Measurement;

namespace Puzzle.Tests.Measurement;

public class TimingTests
{
    [Fact]
    public void Of_OddCount_TakesTheMiddleWhateverTheOrder() =>
        Assert.Equal(new Timing(3, 2, 5), Timing.FromSamples([5, 1, 3, 2, 4]));

    [Fact]
    public void Of_EvenCount_InterpolatesMedianAndQuartiles() =>
        Assert.Equal(new Timing(2.5, 1.5, 4), Timing.FromSamples([4, 3, 2, 1]));

    [Fact]
    public void Of_OneOutlier_IsNotMovedByIt() =>
        Assert.Equal(new Timing(2, 0, 5), Timing.FromSamples([2, 2, 1000, 2, 2]));

    [Fact]
    public void Of_NoOrNonFiniteSample_Throws()
    {
        Assert.Throws<ArgumentException>(() => Timing.FromSamples([]));
        Assert.Throws<ArgumentException>(() => Timing.FromSamples([1, double.NaN]));
        Assert.Throws<ArgumentException>(() => Timing.FromSamples([1, double.PositiveInfinity]));
    }
}
