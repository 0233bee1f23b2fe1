using Puzzle.Foundation;
using Puzzle.Reporting;
using ScottPlot;

namespace Puzzle.ConsoleApp;

/// <summary>The trade-off as a picture, drawn from the report: what models keep at their measured speed, and below it the best sums. Each
/// plot has one quantity per axis.</summary>
internal static class FrontierChart
{
    public static void Save(string path, RunReport report)
    {
        var plots = new Multiplot();
        plots.AddPlots(report.Frontier is { Points.Count: > 0 } ? 2 : 1);
        DrawQuality(plots.GetPlot(0), report);
        if (report.Frontier is { Points.Count: > 0 } frontier)
            DrawFrontier(plots.GetPlot(1), frontier);
        using var scratch = new ScratchFolder("chart");
        string picture = Path.Combine(scratch.Path, "chart.png");
        plots.SavePng(picture, 1000, report.Frontier is null ? 500 : 900);
        AtomicFile.WriteBytes(path, File.ReadAllBytes(picture));
    }

    private static void DrawQuality(Plot plot, RunReport report)
    {
        plot.Title($"Target: {report.Target}");
        plot.XLabel("speed-up over the parent, measured");
        plot.YLabel("top-1 kept, share of the parent's");
        Target(plot, report.Frontier);
        Mark(plot, RunReport.ParentName, report.Parent.SpeedupMeasured, 1);
        foreach ((string name, ModelReport row) in report.Baselines)
            Mark(plot, name, row.SpeedupMeasured, row.Top1 / report.Parent.Top1);
        if (report.Child is { } child)
        {
            if (child.Top1Assembled is { } assembled)
                Mark(plot, "child as assembled", child.SpeedupMeasured, assembled / report.Parent.Top1);
            Mark(plot, "child", child.SpeedupMeasured, child.Top1 / report.Parent.Top1);
        }
        plot.ShowLegend(Edge.Right);
    }

    private static void DrawFrontier(Plot plot, FrontierReport frontier)
    {
        plot.XLabel("speed-up over the parent, by the sum of costs");
        plot.YLabel($"summed {frontier.Objective}");
        var line = plot.Add.Scatter(
            frontier.Points.Select(point => point.Speedup).ToArray(), frontier.Points.Select(point => point.Score).ToArray());
        (line.Color, line.LegendText) = (Colors.SteelBlue, "best of the library");
        Target(plot, frontier);
        foreach (FrontierReportPoint model in frontier.Models)
            Mark(plot, model.Name, model.Speedup, model.Score);
        plot.ShowLegend(Edge.Right);
    }

    private static void Target(Plot plot, FrontierReport? frontier)
    {
        if (frontier?.TargetSpeedup is not { } target)
            return;
        var line = plot.Add.VerticalLine(target, color: Colors.Red, pattern: LinePattern.Dashed);
        line.LegendText = "target";
    }

    private static void Mark(Plot plot, string name, double x, double y)
    {
        (Color color, MarkerShape shape) = name switch
        {
            "parent" => (Colors.Black, MarkerShape.FilledSquare),
            "child" => (Colors.Green, MarkerShape.FilledCircle),
            "child as assembled" => (Colors.Green, MarkerShape.OpenCircle),
            "greedy" => (Colors.Red, MarkerShape.FilledTriangleUp),
            "depth" => (Colors.Purple, MarkerShape.FilledTriangleDown),
            _ => (Colors.Orange, MarkerShape.FilledDiamond),
        };
        var marker = plot.Add.Marker(x, y, shape, size: 12, color: color);
        marker.LegendText = name;
    }
}
