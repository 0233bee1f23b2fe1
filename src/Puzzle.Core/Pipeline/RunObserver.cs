using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Puzzle.Distillation;
using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>Tells the outside what a run does: progress, logs, activities and measurements.</summary>
internal sealed class RunObserver : IDisposable
{
    private readonly ILogger _logger;
    private readonly ProgressMeter _meter;
    private readonly TimeProvider _clock;
    private readonly ObservedLibrary _library;
    private readonly Activity? _activity;
    private readonly string _workDirectory;
    private readonly int _variantsBefore;
    private readonly long _start;
    private PuzzleStage? _stage;

    public RunObserver(
        PuzzleRequest request, ObservedLibrary library, ILogger logger, TimeProvider clock, IProgress<PuzzleProgress>? progress)
    {
        (_logger, _clock, _library, _meter, _workDirectory) = (
            logger, clock, library, new ProgressMeter(progress, clock), request.WorkDirectory);
        _start = clock.GetTimestamp();
        _variantsBefore = library.Variants.Count;
        _activity = PuzzleTelemetry.Source.StartActivity("puzzle.run");
        _activity?.SetTag("puzzle.parent", request.Parent.Fingerprint);
        logger.RunStarted(request.WorkDirectory, request.Parent.Fingerprint, request.Parent.Model.Config.Layers);
    }

    /// <summary>Does a stage.</summary>
    public async Task<T> StageAsync<T>(PuzzleStage stage, Func<Task<T>> work)
    {
        using Activity? activity = PuzzleTelemetry.Source.StartActivity($"puzzle.{stage.ToString().ToLowerInvariant()}");
        var tag = new KeyValuePair<string, object?>(PuzzleTelemetry.StageTag, stage.ToString());
        long start = _clock.GetTimestamp();
        _stage = stage;
        _meter.Begin(stage);
        _logger.StageStarted(stage);
        try
        {
            T result = await work().ConfigureAwait(false);
            double seconds = _clock.GetElapsedTime(start).TotalSeconds;
            (int made, int reused) = _library.Take();
            PuzzleTelemetry.StageDuration.Record(seconds, tag);
            PuzzleTelemetry.UnitsMade.Add(made, tag);
            PuzzleTelemetry.UnitsReused.Add(reused, tag);
            activity?.SetTag("puzzle.made", made).SetTag("puzzle.reused", reused);
            _logger.StageEnded(stage, seconds, made, reused);
            if (made == 0 && reused > 0)
                _logger.StageReused(stage, reused);
            if (stage == PuzzleStage.Craft && made > 0 && reused == 0 && _variantsBefore > 0)
                _logger.StageRemade(stage, made);
            return result;
        }
        catch (Exception problem)
        {
            activity?.SetStatus(ActivityStatusCode.Error, problem.Message);
            throw;
        }
    }

    public void Report(PuzzleProgress update)
    {
        _logger.StageProgress(update.Stage, update.Share, update.Detail);
        _meter.Report(update);
    }

    public void Trained(PuzzleStage stage, TrainingProgress update)
    {
        var tag = new KeyValuePair<string, object?>(PuzzleTelemetry.StageTag, stage.ToString());
        if (update.Loss is { } loss)
            PuzzleTelemetry.Loss.Record(loss, tag);
        if (update.Tokens > 0)
            PuzzleTelemetry.Tokens.Add(update.Tokens, tag);
        Report(new PuzzleProgress(
            stage, update.Completed / (double)Math.Max(1, update.Total),
            update.Anew ?? (update.Loss is { } last ? ResultTable.Write($"loss {last:F4}") : null))
        {
            Unit = stage == PuzzleStage.Craft ? "variant" : update.Loss is null && update.Anew is null ? "layer" : "step",
            Completed = update.Completed,
            Total = update.Total,
        });
    }

    public void Searched(SearchResult answer)
    {
        _logger.SearchEnded(answer.Status.ToString(), answer.Solver, answer.Objective);
        if (answer.Infeasibility is { } why)
            _logger.TargetInfeasible(why.Explanation);
    }

    public void Checked(SpeedCheck check)
    {
        _logger.SpeedChecked(check.MeasuredSpeedup, check.PredictedSpeedup);
        PuzzleTelemetry.Speedup.Record(check.MeasuredSpeedup);
    }

    public void Evaluated(string name, ModelEvaluation quality) =>
        _logger.Evaluated(name, quality.Top1, quality.LanguageModelLoss, quality.KlDivergence);

    /// <summary>Tells how the run ended.</summary>
    public void Ended(PuzzleResult result) => _logger.RunEnded(Seconds, result.Child is null ? "no child" : "a child");

    /// <summary>Tells that the run ended without a result.</summary>
    public void Ended(Exception problem)
    {
        _activity?.SetStatus(ActivityStatusCode.Error, problem.Message);
        if (problem is OperationCanceledException)
            _logger.RunStopped(Seconds, _stage, _workDirectory);
        else
            _logger.RunFailed(problem, Seconds, _stage);
    }

    public void Dispose() => _activity?.Dispose();

    private double Seconds => _clock.GetElapsedTime(_start).TotalSeconds;
}
