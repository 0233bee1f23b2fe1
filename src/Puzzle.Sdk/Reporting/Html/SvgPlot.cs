using System.Globalization;

namespace Puzzle.Reporting.Html;

/// <summary>A plot of one quantity over another: axes, grid, lines and marks, drawn as SVG in the colors of the page.</summary>
internal sealed class SvgPlot
{
    private const double Width = 640, Height = 360, Left = 62, Right = 14, Top = 14, Bottom = 46;
    private const int Ticks = 5;
    private static readonly int[] Factors = [1, 2, 5, 10];

    private readonly HtmlWriter _inside = new();
    private readonly double _minX, _maxX, _minY, _maxY;
    private readonly string _title, _labelX, _labelY;

    /// <param name="title">What it shows, for those who hear it.</param>
    /// <param name="labelX">The quantity to the right.</param>
    /// <param name="labelY">The quantity upwards.</param>
    /// <param name="x">The values to the right that must be seen.</param>
    /// <param name="y">The values upwards that must be seen.</param>
    public SvgPlot(string title, string labelX, string labelY, IEnumerable<double> x, IEnumerable<double> y)
    {
        (_title, _labelX, _labelY) = (title, labelX, labelY);
        (_minX, _maxX) = Range(x);
        (_minY, _maxY) = Range(y);
    }

    /// <summary>Draws a line through points.</summary>
    public void Line(IEnumerable<(double X, double Y)> points, string style)
    {
        string path = string.Join(' ', points.Select(point => FormattableString.Invariant($"{X(point.X):F1},{Y(point.Y):F1}")));
        _inside.Add($"<polyline class=\"line {style}\" points=\"{path}\"/>");
    }

    /// <summary>Draws a vertical line with a word at it.</summary>
    public void Vertical(double at, string word)
    {
        if (at < _minX || at > _maxX)
            return;
        _inside.Add($"<line class=\"target\" x1=\"{X(at):F1}\" x2=\"{X(at):F1}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/>");
        _inside.Add($"<text class=\"tick\" x=\"{X(at) + 4:F1}\" y=\"{Top + 10}\">{word}</text>");
    }

    /// <summary>Draws a mark; its words show when the pointer rests on it.</summary>
    public void Mark(double x, double y, string style, string words, string? label = null)
    {
        _inside.Add($"<circle class=\"mark {style}\" cx=\"{X(x):F1}\" cy=\"{Y(y):F1}\" ");
        _inside.Add($"r=\"{(label is null ? 3 : 6)}\"><title>{words}</title></circle>");
        if (label is null)
            return;
        bool isRight = X(x) > Width * 0.7;
        _inside.Add($"<text class=\"label\" x=\"{X(x) + (isRight ? -9 : 9):F1}\" y=\"{Y(y) + 4:F1}\" ");
        _inside.Add($"text-anchor=\"{(isRight ? "end" : "start")}\">{label}</text>");
    }

    public override string ToString()
    {
        var svg = new HtmlWriter();
        svg.Add($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{_title}\">");
        foreach (double y in TicksOf(_minY, _maxY))
        {
            svg.Add($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(y):F1}\" y2=\"{Y(y):F1}\"/>");
            svg.Add($"<text class=\"tick\" x=\"{Left - 6}\" y=\"{Y(y) + 4:F1}\" text-anchor=\"end\">{Number(y)}</text>");
        }
        foreach (double x in TicksOf(_minX, _maxX))
            svg.Add($"<text class=\"tick\" x=\"{X(x):F1}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{Number(x)}</text>");
        svg.Add($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Left}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/>");
        svg.Add($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom}\"/>");
        svg.Add($"<text class=\"name\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">{_labelX}</text>");
        svg.Add($"<text class=\"name\" transform=\"translate(14 {(Top + Height - Bottom) / 2}) rotate(-90)\" ");
        svg.Add($"text-anchor=\"middle\">{_labelY}</text>");
        return svg.Raw(_inside.ToString()).Raw("</svg>").ToString();
    }

    private double X(double value) => Left + ((value - _minX) / (_maxX - _minX) * (Width - Left - Right));

    private double Y(double value) => Height - Bottom - ((value - _minY) / (_maxY - _minY) * (Height - Top - Bottom));

    private static (double Minimum, double Maximum) Range(IEnumerable<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        if (finite.Length == 0)
            return (0, 1);
        (double least, double most) = (finite.Min(), finite.Max());
        // Marks at the edge stay whole.
        double margin = most > least ? 0.06 * (most - least) : Math.Max(0.05 * Math.Abs(most), 0.01);
        return (least - margin, most + margin);
    }

    /// <summary>Gives round values between two: multiples of 1, 2 or 5 times a power of ten.</summary>
    private static IEnumerable<double> TicksOf(double least, double most)
    {
        double rough = (most - least) / Ticks, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = Factors.Select(factor => factor * power).First(candidate => candidate >= rough * 0.999);
        for (double at = Math.Ceiling(least / step); at * step <= most; at++)
            yield return at * step;
    }

    private static string Number(double value) => Math.Abs(value) >= 1000
        ? value.ToString("N0", CultureInfo.InvariantCulture)
        : Math.Round(value, 9).ToString("G6", CultureInfo.InvariantCulture);
}
