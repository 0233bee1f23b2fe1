using Puzzle.Library;

namespace Puzzle.Reporting.Html;

/// <summary>The charts of a report that plot one quantity over another.</summary>
internal static class ReportCharts
{
    /// <summary>What every model keeps at the speed it was measured at.</summary>
    public static string Quality(RunReport report)
    {
        (string Name, ModelReport Row, string Style)[] rows =
        [
            (RunReport.ParentName, report.Parent, "parent"),
            .. report.Baselines.Select(baseline => (baseline.Key, baseline.Value, "baseline")),
            .. report.Child is { } child ? [("child", child, "child")] : Array.Empty<(string, ModelReport, string)>(),
        ];
        double? target = report.Frontier?.TargetSpeedup, assembled = report.Child?.Top1Assembled / report.Parent.Top1;
        var plot = new SvgPlot(
            "Top-1 accuracy kept over measured speed-up", "speed-up over the parent, measured", "top-1 kept, share of the parent's",
            rows.Select(row => row.Row.SpeedupMeasured).Concat(target is { } at ? [at] : []),
            rows.Select(row => Kept(row.Row)).Concat(assembled is { } kept ? [kept] : []));
        if (target is { } line)
            plot.Vertical(line, "target");
        if (report.Child is { } own && assembled is { } before)
            plot.Mark(
                own.SpeedupMeasured, before, "assembled", FormattableString.Invariant($"child as assembled: {before:P1} kept"),
                "as assembled");
        foreach ((string name, ModelReport row, string style) in rows)
            plot.Mark(
                row.SpeedupMeasured, Kept(row), style,
                FormattableString.Invariant($"{name}: {Kept(row):P1} kept at {row.SpeedupMeasured:F2}x\n{Blocks(row.Architecture)}"), name);
        return plot.ToString();

        double Kept(ModelReport row) => row.Top1 / report.Parent.Top1;
    }

    /// <summary>The best summed score at every predicted speed-up.</summary>
    public static string Frontier(FrontierReport frontier)
    {
        FrontierReportPoint[] all = [.. frontier.Points, .. frontier.Models];
        var plot = new SvgPlot(
            "Best summed score over predicted speed-up", "speed-up over the parent, by the sum of costs", $"summed {frontier.Objective}",
            all.Select(point => point.Speedup).Concat(frontier.TargetSpeedup is { } at ? [at] : []), all.Select(point => point.Score));
        if (frontier.TargetSpeedup is { } target)
            plot.Vertical(target, "target");
        plot.Line(frontier.Points.Select(point => (point.Speedup, point.Score)), "frontier");
        foreach (FrontierReportPoint point in frontier.Points)
            plot.Mark(point.Speedup, point.Score, "frontier", Words(point));
        foreach (FrontierReportPoint model in frontier.Models)
            plot.Mark(
                model.Speedup, model.Score, model.Name is "parent" or "child" ? model.Name : "baseline", $"{model.Name}: {Words(model)}",
                model.Name);
        return plot.ToString();

        static string Words(FrontierReportPoint point) =>
            FormattableString.Invariant($"{point.Score:F4} at {point.Speedup:F2}x\n{Blocks(point.Architecture)}");
    }

    /// <summary>Losses by step; held-out losses as marks.</summary>
    public static string Curves(string title, IReadOnlyList<LossCurve> curves)
    {
        LossRecord[] all = [.. curves.SelectMany(curve => curve.Points)];
        var plot = new SvgPlot(title, "step", "loss", all.Select(point => (double)point.Step), all.SelectMany(Losses));
        foreach (LossCurve curve in curves)
        {
            plot.Line(
                curve.Points.Where(point => double.IsFinite(point.Loss)).Select(point => ((double)point.Step, point.Loss)),
                curves.Count > 1 ? "faint" : "frontier");
            foreach (LossRecord point in curve.Points.Where(point => point.HeldOutLoss is not null))
                plot.Mark(
                    point.Step, point.HeldOutLoss!.Value, "baseline",
                    FormattableString.Invariant($"{curve.Name}: held-out loss {point.HeldOutLoss:F4} after step {point.Step}"));
        }
        return plot.ToString();

        static IEnumerable<double> Losses(LossRecord point) => point.HeldOutLoss is { } heldOut ? [point.Loss, heldOut] : [point.Loss];
    }

    private static string Blocks(IReadOnlyList<string> architecture) =>
        string.Join('\n', architecture.Select((block, layer) => FormattableString.Invariant($"{layer}: {block}")));
}
