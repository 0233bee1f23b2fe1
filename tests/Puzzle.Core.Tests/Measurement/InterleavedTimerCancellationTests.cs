using Puzzle.Measurement;

namespace Puzzle.Tests.Measurement;

/// <summary>Profilers used to finish a whole warming up, or a sample of many calls, after they were canceled.</summary>
public sealed class InterleavedTimerCancellationTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(200)]
    public void Measure_CanceledDuringACall_MakesNoFurtherOne(int canceledAt)
    {
        using var cancel = new CancellationTokenSource();
        var clock = new ManualClock();
        int calls = 0;
        // A call takes no time on this clock but every tenth, so that a sample needs many of them.
        var timer = new InterleavedTimer(clock, rounds: 5, minimumSample: TimeSpan.FromMilliseconds(4), () => { });

        Assert.Throws<OperationCanceledException>(() => timer.Measure([Work, Work], null, cancel.Token));

        Assert.Equal(canceledAt, calls);

        void Work()
        {
            if (++calls % 10 == 0)
                clock.Advance(1);
            if (calls == canceledAt)
                cancel.Cancel();
        }
    }
}
