using Microsoft.Extensions.Logging;

namespace Puzzle.Pipeline;

/// <summary>What a run logs. The event ids are documented in docs/logging.md and never change their meaning.</summary>
internal static partial class PipelineLog
{
    [LoggerMessage(1000, LogLevel.Information, "Run started in {WorkDirectory}: parent {ParentFingerprint}, {Layers} layers")]
    public static partial void RunStarted(this ILogger logger, string workDirectory, string parentFingerprint, int layers);

    [LoggerMessage(1001, LogLevel.Information, "Run ended after {Seconds:F1} s: {Outcome}")]
    public static partial void RunEnded(this ILogger logger, double seconds, string outcome);

    [LoggerMessage(1002, LogLevel.Warning, "Run stopped after {Seconds:F1} s in stage {Stage}; what is done is stored in {WorkDirectory}")]
    public static partial void RunStopped(this ILogger logger, double seconds, PuzzleStage? stage, string workDirectory);

    [LoggerMessage(1003, LogLevel.Error, "Run failed after {Seconds:F1} s in stage {Stage}")]
    public static partial void RunFailed(this ILogger logger, Exception exception, double seconds, PuzzleStage? stage);

    [LoggerMessage(1004, LogLevel.Information, "{Notice}")]
    public static partial void DeviceChosen(this ILogger logger, string notice);

    [LoggerMessage(1010, LogLevel.Information, "Stage {Stage} started")]
    public static partial void StageStarted(this ILogger logger, PuzzleStage stage);

    [LoggerMessage(1011, LogLevel.Information, "Stage {Stage} ended after {Seconds:F1} s: {Made} made, {Reused} found in the work folder")]
    public static partial void StageEnded(this ILogger logger, PuzzleStage stage, double seconds, int made, int reused);

    [LoggerMessage(1012, LogLevel.Information, "Stage {Stage} used {Reused} results of an earlier run and made none anew")]
    public static partial void StageReused(this ILogger logger, PuzzleStage stage, int reused);

    [LoggerMessage(1013, LogLevel.Information, "Stage {Stage} made {Made} results anew although the work folder held others: parent, "
        + "text, options or versions differ from those they were made with")]
    public static partial void StageRemade(this ILogger logger, PuzzleStage stage, int made);

    [LoggerMessage(1020, LogLevel.Information, "Search ended {Status} by {Solver}: objective {Objective}")]
    public static partial void SearchEnded(this ILogger logger, string status, string solver, double objective);

    [LoggerMessage(1021, LogLevel.Warning, "The target cannot be met: {Explanation}")]
    public static partial void TargetInfeasible(this ILogger logger, string explanation);

    [LoggerMessage(
        1022, LogLevel.Information,
        "The child runs {Measured:F2} times as fast as the parent, measured whole; {Predicted:F2} by the sum of costs")]
    public static partial void SpeedChecked(this ILogger logger, double measured, double predicted);

    [LoggerMessage(1030, LogLevel.Information, "{Name}: top-1 {Top1:P1}, LM loss {Loss:F4}, KL to the parent {KlDivergence:F4}")]
    public static partial void Evaluated(this ILogger logger, string name, double top1, double loss, double klDivergence);

    [LoggerMessage(1040, LogLevel.Debug, "Stage {Stage}: {Share:P0} {Detail}")]
    public static partial void StageProgress(this ILogger logger, PuzzleStage stage, double share, string? detail);
}
