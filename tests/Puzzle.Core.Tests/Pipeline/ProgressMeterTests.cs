using Puzzle.Pipeline;

namespace Puzzle.Tests.Pipeline;

public sealed class ProgressMeterTests
{
    private readonly ManualClock _clock = new();
    private readonly List<PuzzleProgress> _reports = [];

    [Fact]
    public void Report_SteadyPace_GivesRateAndTimeLeft()
    {
        ProgressMeter meter = Meter();

        meter.Begin(PuzzleStage.Craft);
        Units(meter, PuzzleStage.Craft, first: 1, last: 4, of: 10, millisecondsEach: 1000);

        PuzzleProgress last = _reports[^1];
        Assert.Equal(TimeSpan.FromSeconds(4), last.Elapsed);
        Assert.Equal(1, last.UnitsPerSecond!.Value, 1e-9);
        Assert.Equal(6, last.StageTimeLeft!.Value.TotalSeconds, 1e-6);
        Assert.True(last.RunTimeLeft > last.StageTimeLeft);
    }

    [Fact]
    public void Report_ResumedStage_JudgesThePaceByWhatWasDoneInThisRun()
    {
        ProgressMeter meter = Meter();

        meter.Begin(PuzzleStage.Craft);
        Units(meter, PuzzleStage.Craft, first: 9, last: 10, of: 12, millisecondsEach: 1000);

        // Eight were there; two took two seconds; two are left.
        Assert.Equal(2, _reports[^1].StageTimeLeft!.Value.TotalSeconds, 1e-6);
        Assert.Equal(1, _reports[^1].UnitsPerSecond!.Value, 1e-9);
    }

    [Fact]
    public void Report_LastStageDone_LeavesNothing()
    {
        ProgressMeter meter = Meter();

        foreach (PuzzleStage stage in Enum.GetValues<PuzzleStage>())
        {
            meter.Begin(stage);
            Units(meter, stage, first: 1, last: 2, of: 2, millisecondsEach: 500);
        }

        Assert.Equal(TimeSpan.Zero, _reports[^1].StageTimeLeft);
        Assert.Equal(TimeSpan.Zero, _reports[^1].RunTimeLeft);
    }

    [Fact]
    public void Report_BeforeAnythingIsDone_KnowsNoTimeLeft()
    {
        ProgressMeter meter = Meter();

        meter.Begin(PuzzleStage.Profile);
        meter.Report(new PuzzleProgress(PuzzleStage.Profile, 0));

        Assert.Null(_reports[^1].StageTimeLeft);
        Assert.Null(_reports[^1].RunTimeLeft);
    }

    private ProgressMeter Meter() => new(new Collect(_reports), _clock);

    private void Units(ProgressMeter meter, PuzzleStage stage, int first, int last, int of, long millisecondsEach)
    {
        for (int done = first; done <= last; done++)
        {
            _clock.Advance(millisecondsEach);
            meter.Report(new PuzzleProgress(stage, done / (double)of) { Unit = "variant", Completed = done, Total = of });
        }
    }

    private sealed class Collect(List<PuzzleProgress> reports) : IProgress<PuzzleProgress>
    {
        public void Report(PuzzleProgress value) => reports.Add(value);
    }
}
