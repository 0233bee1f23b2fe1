using Puzzle.Measurement;

namespace Puzzle.Tests.Measurement;

public class InterleavedTimerTests
{
    private readonly ManualClock _clock = new();
    private readonly List<char> _calls = [];

    [Fact]
    public void Measure_WorkOfKnownDuration_GivesItInEveryRound()
    {
        double[][] samples = Timer(rounds: 3, minimum: 0).Measure([Work('a', 7), Work('b', 2)], null, default);

        Assert.Equal([[7, 7, 7], [2, 2, 2]], samples);
    }

    [Fact]
    public void Measure_SeveralPieces_TakesTurns()
    {
        Timer(rounds: 3, minimum: 0).Measure([Work('a', 1), Work('b', 1), Work('c', 1)], null, default);

        // A warm-up call and a call to find the repetitions each, then one call a round.
        Assert.Equal("aabbcc" + "abcabcabc", string.Concat(_calls));
    }

    [Fact]
    public void Measure_ShortWork_IsRepeatedUntilTheSampleIsLongEnough()
    {
        double[][] samples = Timer(rounds: 1, minimum: 5).Measure([Work('a', 2), Work('b', 9)], null, default);

        Assert.Equal([[2], [9]], samples);
        Assert.Equal("a" + "a" + "aa" + "aaaa" + "bb" + "aaaa" + "b", string.Concat(_calls));
    }

    [Fact]
    public void Measure_DeviceThatRunsBehind_IsWaitedForBeforeTheClockIsRead()
    {
        int pending = 0;
        var timer = new InterleavedTimer(_clock, 2, TimeSpan.Zero, () =>
        {
            _clock.Advance(10 * pending);
            pending = 0;
        });

        double[][] samples = timer.Measure([() => pending++], null, default);

        Assert.Equal([[10, 10]], samples);
    }

    [Fact]
    public void Measure_CanceledBetweenSamples_Stops()
    {
        using var source = new CancellationTokenSource();
        Action work = () =>
        {
            _calls.Add('a');
            if (_calls.Count == 4)
                source.Cancel();
        };

        Assert.Throws<OperationCanceledException>(() => Timer(rounds: 100, minimum: 0).Measure([work], null, source.Token));
        Assert.Equal(4, _calls.Count);
    }

    private InterleavedTimer Timer(int rounds, int minimum) => new(_clock, rounds, TimeSpan.FromMilliseconds(minimum), () => { });

    private Action Work(char name, long milliseconds) => () =>
    {
        _calls.Add(name);
        _clock.Advance(milliseconds);
    };
}
