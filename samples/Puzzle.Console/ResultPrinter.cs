using System.Globalization;
using Puzzle.Pipeline;
using Puzzle.Reporting;
using Spectre.Console;

namespace Puzzle.ConsoleApp;

/// <summary>Prints a result's tables, and what a console run measures beyond them.</summary>
internal static class ResultPrinter
{
    public static void Show(IAnsiConsole console, PuzzleResult result, RunReport report)
    {
        foreach (ResultTable table in result.Tables)
            Show(console, table);
        for (int i = 0; i < result.SpeedChecks.Count; i++)
        {
            SpeedCheck check = result.SpeedChecks[i];
            console.MarkupLineInterpolated(
                CultureInfo.InvariantCulture,
                $"Search {i + 1}: {check.PredictedSpeedup:F2}x by the sum of costs, {check.MeasuredSpeedup:F2}x measured whole.");
        }
        if (report.Quantized is { } quantized)
            console.WriteLine($"With {report.Workload.WeightType} weights: {Top1(quantized)}; {Divergence(quantized)}; {Loss(quantized)}.");
        if (report.Foreign is { } foreign)
            console.WriteLine($"On text the parent did not write: {Top1(foreign)}, {Kept(foreign)}; {Loss(foreign)}.");
        if (report.Parent.InTorch is not null)
            Show(console, Engines(report));
    }

    public static void Show(IAnsiConsole console, ResultTable table)
    {
        var shown = new Table { Title = new TableTitle(Markup.Escape(table.Title)) };
        foreach (string column in table.Columns)
            shown.AddColumn(Markup.Escape(column));
        foreach (IReadOnlyList<string> row in table.Rows)
            shown.AddRow([.. row.Select(Markup.Escape)]);
        console.Write(shown);
    }

    private static ResultTable Engines(RunReport report)
    {
        IEnumerable<(string Name, ModelReport? Row)> rows =
            [
                (RunReport.ParentName, report.Parent), .. report.Baselines.Select(baseline => (baseline.Key, (ModelReport?)baseline.Value)),
                ("child", report.Child)
            ];
        return new ResultTable(
            "The same models in both engines",
            ["model", "ONNX Runtime: speed-up", "prefill tok/s", "decode tok/s", "torch: speed-up", "prefill tok/s", "decode tok/s"],
            [.. rows.Where(row => row.Row?.InTorch is not null).Select(row => (IReadOnlyList<string>)
            [
                row.Name, Number($"{row.Row!.SpeedupMeasured:F2}x"), Number($"{row.Row.PrefillTokensPerSecond:N0}"),
                Number($"{row.Row.DecodeTokensPerSecond:N0}"),
                Number($"{row.Row.InTorch!.Speedup:F2}x"), Number($"{row.Row.InTorch.PrefillTokensPerSecond:N0}"),
                Number($"{row.Row.InTorch.DecodeTokensPerSecond:N0}"),
            ])]);
    }

    private static string Top1(QualityPair pair) => Number($"top-1 {pair.Parent.Top1:P1} (parent), {pair.Child.Top1:P1} (child)");

    private static string Kept(QualityPair pair) => Number($"{pair.Child.Top1 / pair.Parent.Top1:P1} kept");

    private static string Divergence(QualityPair pair) =>
        Number($"KL to the parent {pair.Parent.KlDivergence:F4} and {pair.Child.KlDivergence:F4}");

    private static string Loss(QualityPair pair) =>
        Number($"LM loss {pair.Parent.LanguageModelLoss:F3} and {pair.Child.LanguageModelLoss:F3}");

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
