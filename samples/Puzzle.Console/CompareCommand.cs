using System.CommandLine;
using System.Globalization;
using Puzzle.Pipeline;
using Puzzle.Reporting;
using Spectre.Console;

namespace Puzzle.ConsoleApp;

/// <summary>Puts the reports of several runs side by side.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("runs")
        {
            Description = "Work folders of runs, or their report.json.",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command(
            "compare", "Puts the reports of several runs side by side.\n\nExample:\n  puzzle compare runs/a runs/b") { runs };
        command.SetAction(
            (parsed, _) => CommandErrors.GuardAsync(() => ResultPrinter.Show(AnsiConsole.Console, Table(parsed.GetValue(runs)!))));
        return command;
    }

    internal static ResultTable Table(IReadOnlyList<string> runs) => new(
        "Runs side by side",
        ["run", "target", "speed-up", "top-1 kept", "KL to parent", "LM loss", "memory MiB", "parameters", "summed score"],
        [.. runs.Select(run =>
        {
            RunReport report = RunReport.Read(run);
            ModelReport? child = report.Child;
            return (IReadOnlyList<string>)
            [
                run, report.Target, Number($"{child?.SpeedupMeasured:F2}x"), Number($"{report.Top1AccuracyKept:P1}"),
                Number($"{child?.KlDiv:F4}"), Number($"{child?.LmLoss:F3}"),
                Number($"{child?.MemoryBytes / 1048576.0:F1}"), Number($"{child?.Parameters:N0}"), Number($"{report.SummedScore:F4}"),
            ];
        })]);

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
