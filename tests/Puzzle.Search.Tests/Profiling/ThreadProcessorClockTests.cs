using Puzzle.Search.Profiling;

namespace Puzzle.Tests.Profiling;

public class ThreadProcessorClockTests
{
    [Fact]
    public void GetTimestamp_ThreadThatSleeps_HardlyMoves()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "the system has no such clock");
        var clock = new ThreadProcessorClock();

        long start = clock.GetTimestamp();
        Thread.Sleep(200);
        TimeSpan asleep = clock.GetElapsedTime(start);
        long spins = 0;
        start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < TimeSpan.FromMilliseconds(20))
            spins++;

        Assert.True(asleep < TimeSpan.FromMilliseconds(100), $"{asleep} of processor time during a sleep");
        Assert.True(spins > 0);
    }
}
