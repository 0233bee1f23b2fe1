using Puzzle.Foundation;
using ScottPlot;

namespace Puzzle.ConsoleApp;

/// <summary>The trade-off as a picture: what every speed-up costs at best, and where parent, baselines and child stand.</summary>
internal static class FrontierChart
{
    public static void Save(string path, FrontierPoints frontier, RunReport report)
    {
        var plot = new Plot();
        plot.Title($"Target: {report.Target}");
        plot.XLabel("speed-up over the parent");
        plot.YLabel("top-1 accuracy on held-out text, share of the parent's");

        Mark("parent", 1, 1, Colors.Black, MarkerShape.FilledSquare);
        Add("uniform", report.Uniform, Colors.Orange, MarkerShape.FilledDiamond);
        Add("greedy", report.Greedy, Colors.Red, MarkerShape.FilledTriangleUp);
        if (report.Child.Top1Assembled is { } assembled)
            Mark("child as assembled", report.Child.SpeedupMeasured, assembled / report.Parent.Top1, Colors.LightGreen, MarkerShape.OpenCircle);
        Add("child", report.Child, Colors.Green, MarkerShape.FilledCircle);

        var line = plot.Add.Scatter(frontier.Points.Select(point => point.Speedup).ToArray(), frontier.Points.Select(point => point.Score).ToArray());
        line.Axes.YAxis = plot.Axes.Right;
        line.Color = Colors.SteelBlue;
        line.LegendText = "best summed score (right axis), predicted speed-up";
        plot.Axes.Right.Label.Text = "summed replace-1-block KL of the best architecture";
        // A zero-based score axis, so that the line does not cross the marks by accident of scale.
        plot.Axes.AutoScale();
        plot.Axes.Right.Min = 0;
        plot.Axes.SetLimitsX(0.97, (1.05 * new[] { report.Child, report.Greedy, report.Uniform }.Max(row => row?.SpeedupMeasured ?? 1)) + 0.02);
        plot.ShowLegend(Edge.Bottom);
        AtomicFile.WriteBytes(path, plot.GetImageBytes(1000, 680, ImageFormat.Png));

        void Add(string name, ModelReport? row, Color color, MarkerShape shape)
        {
            if (row is not null)
                Mark(name, row.SpeedupMeasured, row.Top1 / report.Parent.Top1, color, shape);
        }

        void Mark(string name, double speedup, double kept, Color color, MarkerShape shape)
        {
            var marker = plot.Add.Marker(speedup, kept, shape, size: 12, color: color);
            marker.LegendText = name;
        }
    }
}
