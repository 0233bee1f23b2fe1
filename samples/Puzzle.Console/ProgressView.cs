using Puzzle.Pipeline;
using Spectre.Console;

namespace Puzzle.ConsoleApp;

/// <summary>A progress bar with time left for every stage that has begun.</summary>
internal sealed class ProgressView(ProgressContext context) : IProgress<PuzzleProgress>
{
    private readonly Dictionary<string, ProgressTask> _tasks = [];
    private readonly Lock _gate = new();

    public static Progress Create(IAnsiConsole console) => console.Progress()
        .AutoClear(false)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn());

    public void Report(PuzzleProgress value) => Report(Label(value), value.Share, value.Stage == PuzzleStage.Evaluate ? null : value.Detail);

    public IProgress<double> Task(string label) => new Relay(share => Report(label, share, null));

    private void Report(string label, double share, string? detail)
    {
        lock (_gate)
        {
            if (!_tasks.TryGetValue(label, out ProgressTask? task))
                _tasks[label] = task = context.AddTask(Markup.Escape(label));
            task.Value = share * 100;
            if (detail is not null)
                task.Description = Markup.Escape($"{label} ({detail})");
        }
    }

    private static string Label(PuzzleProgress value) => value.Stage switch
    {
        PuzzleStage.Craft => "Blockwise distillation of every variant",
        PuzzleStage.Profile => "Profiling every variant",
        PuzzleStage.Score => "Scoring every variant",
        PuzzleStage.Assemble => "Choosing the architecture",
        PuzzleStage.Uptrain => "Global distillation of the child",
        _ => $"Evaluating {value.Detail}",
    };

    private sealed class Relay(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
