using System.Globalization;
using System.Reflection;
using Puzzle.Distillation;

namespace Puzzle.Reporting.Html;

/// <summary>The page for readers: one file that opens from disk and asks the network for nothing.</summary>
internal static class HtmlReport
{
    public static string Render(RunReport report)
    {
        var page = new HtmlWriter();
        page.Raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, "
            + "initial-scale=1\">");
        page.Raw("<title>Puzzle report</title><style>").Raw(Style()).Raw("</style></head><body><main>");
        Headline(page, report);
        Models(page, report);
        Charts(page, report);
        HtmlSections.Finalists(page, report);
        HtmlSections.Fusion(page, report);
        HtmlSections.Costs(page, report);
        HtmlSections.Samples(page, report);
        HtmlSections.Provenance(page, report);
        return page.Raw("</main></body></html>").ToString();
    }

    private static void Headline(HtmlWriter page, RunReport report)
    {
        page.Add($"<h1>Puzzle report</h1><p class=\"lead\">Target: {report.Target}; batch {report.Workload.BatchSize}, ");
        page.Add($"{report.Workload.PromptTokens} prompt and {report.Workload.GeneratedTokens} generated tokens.</p>");
        if (report.Child is not { } child)
        {
            page.Add($"<p class=\"refused\">The target cannot be met. {report.Infeasibility}</p>");
            return;
        }
        page.Raw("<div class=\"numbers\">");
        Number(FormattableString.Invariant($"{report.SpeedupMeasured:F2}x"), "as fast as the parent");
        Number(FormattableString.Invariant($"{report.Top1AccuracyKept:P1}"), "of its top-1 accuracy kept");
        Number(FormattableString.Invariant($"{(double)child.MemoryBytes / Math.Max(1, report.Parent.MemoryBytes):P0}"), "of its memory");
        Number(FormattableString.Invariant($"{child.KlDiv:F4}"), "KL to the parent, nats");
        page.Raw("</div>");

        void Number(string value, string words) => page.Add($"<div><b>{value}</b><span>{words}</span></div>");
    }

    private static void Models(HtmlWriter page, RunReport report)
    {
        page.Raw("<h2>Quality and speed</h2><div class=\"wide\"><table><thead><tr><th>model<th>top-1<th>kept<th>KL to parent<th>LM "
            + "loss<th>speed-up<th>prefill tok/s<th>decode tok/s<th>memory MiB<th>parameters</thead><tbody>");
        Row(RunReport.ParentName, report.Parent);
        foreach ((string name, ModelReport row) in report.Baselines)
            Row(name, row);
        if (report.Child is { } child)
        {
            if (child is { Top1Assembled: { } top1, LmLossAssembled: { } loss, KlDivAssembled: { } divergence } && top1 != child.Top1)
                Row("child as assembled", child with { Top1 = top1, LmLoss = loss, KlDiv = divergence });
            Row("child", child);
        }
        page.Raw("</tbody></table></div>");

        void Row(string name, ModelReport row) => page
            .Add($"<tr><th>{name}<td>{row.Top1:P1}<td>{row.Top1 / report.Parent.Top1:P1}")
            .Add($"<td>{row.KlDiv:F4}<td>{row.LmLoss:F3}<td>{row.SpeedupMeasured:F2}x")
            .Add($"<td>{row.PrefillTokensPerSecond:N0}<td>{row.DecodeTokensPerSecond:N0}")
            .Add($"<td>{row.MemoryBytes / 1048576.0:F1}<td>{row.Parameters:N0}</tr>");
    }

    private static void Charts(HtmlWriter page, RunReport report)
    {
        page.Raw("<h2>Trade-off</h2><div class=\"charts\">").Raw(Figure(
            ReportCharts.Quality(report), "What each model keeps, at the speed it was measured at. Rest on a mark to see its blocks."));
        if (report.Frontier is { Points.Count: > 0 } frontier)
            page.Raw(Figure(
                ReportCharts.Frontier(frontier), "The best summed score the library allows at each speed-up, and where the models lie."));
        page.Raw("</div>");
        if (report.Layers.Count > 0)
            page.Raw("<h2>Architecture</h2><div class=\"wide\">").Raw(
                Figure(ReportPictures.Architecture(report.Layers), "How much of the parent's key-value heads and FFN width each layer "
                    + "keeps; – is nothing, lin a linear layer.")).Raw("</div>");
        if (report.Scores is { Variants.Count: > 0 } scores)
            page.Raw("<h2>Scores</h2><div class=\"wide\">")
                .Raw(Figure(ReportPictures.Scores(scores), "Harm of each alternative, cheapest first; darker is worse, by rank."))
                .Raw("</div>");
        if (report.BlockwiseCurves.Count == 0 && report.GlobalCurve is null)
            return;
        page.Raw("<h2>Training</h2><div class=\"charts\">");
        if (report.BlockwiseCurves.Count > 0)
            page.Raw(Figure(
                ReportCharts.Curves("Blockwise distillation", report.BlockwiseCurves),
                "Blockwise distillation of the chosen variants; marks are held-out losses."));
        if (report.GlobalCurve is { } curve)
            page.Raw(Figure(
                ReportCharts.Curves("Global distillation", [curve]),
                "Global distillation of the child; marks are held-out KL to the parent." + FitWords(report.Fit)));
        page.Raw("</div>");
    }

    private static string FitWords(SequentialFit? fit) => fit switch
    {
        { Ending: SequentialFitEnding.Fitted } => string.Create(CultureInfo.InvariantCulture,
            $" Before it {fit.Layers} layers were fitted in sequence: KL {fit.KlBefore:F4} became {fit.KlAfter:F4}."),
        { Ending: SequentialFitEnding.Kept } => string.Create(CultureInfo.InvariantCulture,
            $" A fit in sequence before it did not help (KL {fit.KlBefore:F4}, {fit.KlAfter:F4} with it) and was dropped."),
        _ => "",
    };

    private static string Figure(string picture, string words) => $"<figure>{picture}<figcaption>{words}</figcaption></figure>";

    private static string Style()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Puzzle.Reporting.Html.report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
