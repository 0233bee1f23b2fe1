using Puzzle.Distillation.Training;

namespace Puzzle.Tests.Training;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void At_EveryStep_WarmsUpThenFallsToTheFinalShare()
    {
        var schedule = new LearningRateSchedule(Peak: 2, WarmupSteps: 4, TotalSteps: 14, FinalShare: 0.1);

        Assert.Equal([0.5, 1, 1.5, 2], Enumerable.Range(0, 4).Select(schedule.At));
        Assert.Equal(2, schedule.At(4));
        Assert.Equal(1.1, schedule.At(9), 1e-12);
        Assert.Equal(0.2, schedule.At(14), 1e-12);
        Assert.All(Enumerable.Range(4, 9), step => Assert.True(schedule.At(step + 1) < schedule.At(step)));
        Assert.Equal(1, new LearningRateSchedule(1, 0, 1).At(0));
    }

    [Theory]
    [InlineData(8, 3)]
    [InlineData(5, 5)]
    [InlineData(7, 1)]
    public void BatchShare_AllWorkers_CoverTheBatchOnce(int batch, int workers)
    {
        (int Start, int End)[] shares = [.. Enumerable.Range(0, workers).Select(worker => BatchShare.Of(batch, workers, worker))];

        Assert.Equal(Enumerable.Range(0, batch), shares.SelectMany(share => Enumerable.Range(share.Start, share.End - share.Start)));
        Assert.All(shares, share => Assert.InRange(share.End - share.Start, batch / workers, (batch + workers - 1) / workers));
    }
}
