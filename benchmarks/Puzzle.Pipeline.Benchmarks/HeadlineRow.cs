using System.Globalization;
using Puzzle.Reporting;

namespace Puzzle.Pipeline.Benchmarks;

/// <summary>One run as a row of the headline table.</summary>
internal static class HeadlineRow
{
    public const string Header =
        "| command | time | model | speed-up | top-1 kept | KL to parent | top-1 kept, other text |\n"
        + "|---|---|---|---|---|---|---|";

    /// <summary>Gives the child's row, and one for each baseline.</summary>
    public static string Of(string name, RunReport report, TimeSpan time)
    {
        string start = string.Create(CultureInfo.InvariantCulture, $"| {name} | {(int)time.TotalMinutes} min {time.Seconds} s ");
        if (report.Child is not { } child)
            return $"{start}| no child: {report.Infeasibility} | | | | |";
        string foreign = string.Create(CultureInfo.InvariantCulture, $"{100 * report.Top1AccuracyKeptForeign:F1} %");
        IEnumerable<string> rows = report.Baselines.Select(baseline => $"| | {Row(baseline.Key, baseline.Value, "")}");
        return string.Join('\n', rows.Prepend(start + Row("child", child, foreign)));

        string Row(string model, ModelReport its, string other) => string.Create(CultureInfo.InvariantCulture,
            $"| {model} | {its.SpeedupMeasured:F2}x | {100 * its.Top1 / report.Parent.Top1:F1} % | {its.KlDiv:F4} | {other} |");
    }
}
