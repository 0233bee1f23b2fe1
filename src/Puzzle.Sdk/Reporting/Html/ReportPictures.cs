namespace Puzzle.Reporting.Html;

/// <summary>The pictures of a report whose cells are layers.</summary>
internal static class ReportPictures
{
    private const double Cell = 22, Left = 96, Top = 4;

    /// <summary>The child layer by layer: how much of the parent's attention and FFN it keeps.</summary>
    public static string Architecture(IReadOnlyList<LayerReport> layers)
    {
        const double Bar = 64;
        double width = Left + (layers.Count * Cell) + 8, height = Top + (2 * (Bar + 10)) + 20;
        var svg = new HtmlWriter();
        svg.Add($"<svg class=\"strip\" style=\"{Size(width)}\" viewBox=\"0 0 {width:F0} {height:F0}\" role=\"img\" aria-label=\"Share of ");
        svg.Raw("the parent kept in each layer\">");
        svg.Add($"<text class=\"name\" x=\"4\" y=\"{Top + (Bar / 2):F0}\">attention</text><text class=\"name\" x=\"4\" ");
        svg.Add($"y=\"{Top + (Bar * 1.5) + 10:F0}\">FFN</text>");
        for (int i = 0; i < layers.Count; i++)
        {
            LayerReport layer = layers[i];
            double x = Left + (i * Cell);
            Column(x, Top, layer.AttentionKept, layer.Attention, "attention", layer);
            Column(x, Top + Bar + 10, layer.FfnKept, layer.Ffn, "ffn", layer);
            svg.Add($"<text class=\"tick\" x=\"{x + (Cell / 2):F1}\" y=\"{height - 6:F0}\" text-anchor=\"middle\">{layer.Layer}</text>");
        }
        return svg.Raw("</svg>").ToString();

        void Column(double x, double top, double kept, string name, string style, LayerReport layer)
        {
            double filled = Bar * Math.Clamp(kept, 0, 1);
            svg.Add($"<g><title>layer {layer.Layer}, {style}: {name}, {kept:P0} kept; runtime of the layer {layer.RuntimeShare:P0} of ");
            svg.Raw("the parent's</title>");
            svg.Add($"<rect class=\"whole\" x=\"{x + 1:F1}\" y=\"{top:F1}\" width=\"{Cell - 3}\" height=\"{Bar}\"/>");
            svg.Add(
                $"<rect class=\"{style}\" x=\"{x + 1:F1}\" y=\"{top + Bar - filled:F1}\" width=\"{Cell - 3}\" height=\"{filled:F1}\"/>");
            if (kept == 0)
            {
                svg.Add($"<text class=\"tick\" x=\"{x + (Cell / 2):F1}\" y=\"{top + (Bar / 2) + 4:F1}\" ");
                svg.Add($"text-anchor=\"middle\">{(name == "linear" ? "lin" : "–")}</text>");
            }

            svg.Raw("</g>");
        }
    }

    /// <summary>Scores as shades, layer by variant, on the scale of their ranks: a few are many times the others.</summary>
    public static string Scores(ScoreMap scores)
    {
        const double Row = 14, Names = 150;
        double width = Names + (scores.Layers.Count * Cell) + 8, height = (scores.Variants.Count * Row) + 24;
        double[] ranked = [.. scores.Layers.SelectMany(layer => layer).OfType<double>().Order()];
        var svg = new HtmlWriter();
        svg.Add($"<svg class=\"strip\" style=\"{Size(width)}\" viewBox=\"0 0 {width:F0} {height:F0}\" role=\"img\" aria-label=\"Scores, ");
        svg.Raw("layer by variant\">");
        for (int row = 0; row < scores.Variants.Count; row++)
        {
            svg.Add(
                $"<text class=\"tick\" x=\"{Names - 6}\" y=\"{(row * Row) + 11:F1}\" text-anchor=\"end\">{scores.Variants[row]}</text>");
            for (int layer = 0; layer < scores.Layers.Count; layer++)
            {
                if (scores.Layers[layer][row] is not { } score)
                    continue;
                double shade = ranked.Length < 2 ? 0 : (double)LowerBound(ranked, score) / (ranked.Length - 1);
                svg.Add($"<rect class=\"heat\" x=\"{Names + (layer * Cell):F1}\" y=\"{row * Row:F1}\" width=\"{Cell - 1}\" ");
                svg.Add($"height=\"{Row - 1}\" fill-opacity=\"{0.06 + (0.94 * shade):F3}\">");
                svg.Add($"<title>layer {layer}, {scores.Variants[row]}: {score:G5}</title></rect>");
            }
        }
        for (int layer = 0; layer < scores.Layers.Count; layer++)
        {
            svg.Add($"<text class=\"tick\" x=\"{Names + (layer * Cell) + (Cell / 2):F1}\" y=\"{height - 8:F1}\" ");
            svg.Add($"text-anchor=\"middle\">{layer}</text>");
        }

        return svg.Raw("</svg>").ToString();
    }

    // Few layers are not blown up, many scroll.
    private static string Size(double width) =>
        FormattableString.Invariant($"min-width:{Math.Min(width, 900):F0}px;max-width:{width * 1.3:F0}px");

    private static int LowerBound(double[] sorted, double value)
    {
        int at = Array.BinarySearch(sorted, value);
        while (at > 0 && sorted[at - 1] == value)
            at--;
        return Math.Max(0, at);
    }
}
