namespace Puzzle.Pipeline;

/// <summary>Turns what stages report into progress of the whole run, with rates and the time left.</summary>
internal sealed class ProgressMeter(IProgress<PuzzleProgress>? target, TimeProvider clock)
{
    // Less of a run than this says nothing of the rest.
    private const double LeastMeasured = 0.002;

    private readonly Lock _gate = new();
    private readonly List<StageClock> _stages = [];

    /// <summary>Begins a stage.</summary>
    public void Begin(PuzzleStage stage)
    {
        lock (_gate)
            _stages.Add(new StageClock(stage, clock.GetTimestamp()));
    }

    /// <summary>Reports where the stage stands that began last.</summary>
    public void Report(PuzzleProgress update)
    {
        lock (_gate)
        {
            // Parts of a stage, such as one model's evaluation, each run from 0 to 1.
            if (_stages.Count == 0 || _stages[^1].Stage != update.Stage || update.Share < _stages[^1].Share)
                _stages.Add(new StageClock(update.Stage, clock.GetTimestamp()));
            StageClock stage = _stages[^1];
            stage.Update(update.Share, update.Total is > 0 and { } total ? 1.0 / total : 0, clock);
            target?.Report(update with
            {
                Elapsed = stage.Elapsed,
                UnitsPerSecond = update.Total is { } units && stage.ShareHere > 0 && stage.Elapsed > TimeSpan.Zero
                    ? stage.ShareHere * units / stage.Elapsed.TotalSeconds
                    : null,
                StageTimeLeft = stage.TimeLeft,
                RunTimeLeft = RunTimeLeft(stage),
            });
        }
    }

    /// <summary>What the stages that have not begun will take, judged by what the usual part of a run took that was done in this
    /// one.</summary>
    private TimeSpan? RunTimeLeft(StageClock stage)
    {
        double done = _stages.Sum(one => StageWeights.Of(one.Stage) * one.ShareHere);
        if (done < LeastMeasured || stage.TimeLeft is not { } left)
            return null;
        TimeSpan spent = _stages.Aggregate(TimeSpan.Zero, (sum, one) => sum + one.Elapsed);
        return left + (spent * (StageWeights.AllBut(_stages.Select(one => one.Stage)) / done));
    }
}
