using Puzzle.Pipeline;
using Spectre.Console;

namespace Puzzle.ConsoleApp;

/// <summary>Shows where a run stands: bars with the time left on a terminal, a line now and then in a pipe.</summary>
internal sealed class ProgressView : IProgress<PuzzleProgress>
{
    private const string WholeRun = "Whole run";

    private readonly Dictionary<string, ProgressTask> _tasks = [];
    private readonly Lock _gate = new();
    private readonly ProgressContext? _bars;
    private readonly PlainProgress? _lines;
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly long _start;

    private ProgressView(ProgressContext? bars, PlainProgress? lines)
    {
        (_bars, _lines, _start) = (bars, lines, _clock.GetTimestamp());
    }

    public static async Task<T> RunAsync<T>(IAnsiConsole console, Func<ProgressView, Task<T>> work)
    {
        if (!console.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
            return await work(new ProgressView(null, new PlainProgress(console.Profile.Out.Writer, TimeProvider.System)));
        // Fits 80 columns: the words come first and are cut, not the numbers.
        return await console.Progress().AutoClear(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 12 }, new PercentageColumn(),
                new RemainingTimeColumn())
            .StartAsync(context => work(new ProgressView(context, null)));
    }

    public void Report(PuzzleProgress value)
    {
        Report(Label(value), value.Share, value.Stage == PuzzleStage.Evaluate ? null : value.Detail, value);
        if (_bars is not null && value.RunTimeLeft is { } left)
        {
            TimeSpan spent = _clock.GetElapsedTime(_start);
            Report(WholeRun, spent / (spent + left), $"{PlainProgress.Duration(left)} left", null);
        }
    }

    public IProgress<double> Task(string label) => new Relay(share => Report(label, share, null, null));

    private void Report(string label, double share, string? detail, PuzzleProgress? progress)
    {
        lock (_gate)
        {
            _lines?.Report(label, share, detail, progress);
            if (_bars is null)
                return;
            if (!_tasks.TryGetValue(label, out ProgressTask? task))
                _tasks[label] = task = _bars.AddTask(Markup.Escape(label));
            task.Value = share * 100;
            if (detail is not null)
                task.Description = Markup.Escape($"{label} ({detail})");
        }
    }

    private static string Label(PuzzleProgress value) => value.Stage switch
    {
        PuzzleStage.Craft => "Distilling variants",
        PuzzleStage.Profile => "Profiling variants",
        PuzzleStage.Score => "Scoring variants",
        PuzzleStage.Assemble => "Choosing",
        PuzzleStage.Uptrain => "Healing the child",
        _ => $"Evaluating {value.Detail}",
    };

    private sealed class Relay(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
