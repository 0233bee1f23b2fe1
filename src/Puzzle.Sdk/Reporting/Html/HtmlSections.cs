using Puzzle.Fusion;
using Puzzle.Pipeline;

namespace Puzzle.Reporting.Html;

/// <summary>The parts of the page below its charts.</summary>
internal static class HtmlSections
{
    public static void Costs(HtmlWriter page, RunReport report)
    {
        if (report.Costs.Count == 0)
            return;
        double most = Math.Max(report.Costs.Max(part => Math.Max(part.ParentMilliseconds, part.ChildMilliseconds)), 1e-9);
        page.Raw("<h2>Where time and memory go</h2><div class=\"wide\"><table><thead><tr><th>part<th>parent ms<th>child ms<th "
            + "class=\"bars\">parent above, child below<th>weights MiB<th>KV cache MiB</thead><tbody>");
        foreach (CostPart part in report.Costs)
        {
            page.Add($"<tr><th>{part.Name}<td>{part.ParentMilliseconds:F1}<td>{part.ChildMilliseconds:F1}<td class=\"bars\">");
            page.Add($"<i class=\"of-parent\" style=\"width:{100 * part.ParentMilliseconds / most:F1}%\"></i><i class=\"of-child\" ");
            page.Add($"style=\"width:{100 * part.ChildMilliseconds / most:F1}%\"></i>");
            page.Add($"<td>{Mebibytes(part.ParentWeightBytes):F1} → ");
            page.Add($"{Mebibytes(part.ChildWeightBytes):F1}<td>{Mebibytes(part.ParentKeyValueBytes):F1} → ");
            page.Add($"{Mebibytes(part.ChildKeyValueBytes):F1}</tr>");
        }
        page.Add($"</tbody></table></div><p class=\"small\">Costs by {report.Engine}.</p>");
    }

    public static void Finalists(HtmlWriter page, RunReport report)
    {
        if (report.Finalists.Count == 0)
            return;
        page.Raw("<h2>Finalists</h2><div class=\"wide\"><table><thead><tr><th>architecture<th>summed score<th>KL as assembled"
            + "<th>KL after each trial</thead><tbody>");
        foreach (FinalistReport finalist in report.Finalists)
        {
            page.Add($"<tr><th>{(finalist.IsChosen ? "chosen: " : "")}{string.Join(' ', finalist.Architecture)}")
                .Add($"<td>{finalist.SummedScore:F4}<td>{finalist.Trials[0].KlDivergence:F4}")
                .Add($"<td>{string.Join(", ", finalist.Trials.Skip(1).Select(Trial))}</tr>");
        }
        page.Raw("</tbody></table></div>");

        static string Trial(FinalistTrial trial) =>
            FormattableString.Invariant($"{trial.KlDivergence:F4} ({trial.StepShare:P0} of the steps)");
    }

    public static void Fusion(HtmlWriter page, RunReport report)
    {
        if (report.Fusion is not { Groups: { Count: > 0 } groups })
            return;
        page.Raw("<h2>Fused FFNs</h2><div class=\"wide\"><table><thead><tr><th>layers<th>channels<th>largest dependency</thead><tbody>");
        foreach (FfnGroup group in groups)
            page.Add($"<tr><th>{string.Join(", ", group.Layers)}<td>{group.Width}<td>{group.Dependency:F3}</tr>");
        page.Raw("</tbody></table></div><p class=\"small\">The cosine distance by which what one adds turns when an earlier one is left ")
            .Raw("out.</p>");
    }

    public static void Samples(HtmlWriter page, RunReport report)
    {
        if (report.Samples.Count == 0)
            return;
        page.Raw("<h2>What they write</h2>");
        foreach (SampleText sample in report.Samples)
        {
            page.Add($"<div class=\"pair\"><blockquote><b>parent</b>{sample.Parent}</blockquote>");
            page.Add($"<blockquote><b>child</b>{sample.Child}</blockquote></div>");
        }
    }

    public static void Provenance(HtmlWriter page, RunReport report)
    {
        page.Raw("<h2>How it was made</h2><div class=\"wide\"><table class=\"plain\"><tbody>");
        if (report.Created is { } created)
            Line("made", created.ToString("u", System.Globalization.CultureInfo.InvariantCulture));
        if (report.Command is { } command)
            Line("command", command);
        Line("solver", $"{report.Solver}, {report.Status}");
        foreach ((string name, string value)
            in report.Versions.Concat(report.Seeds.Select(seed => KeyValuePair.Create($"seed of {seed.Key}", seed.Value))))
            Line(name, value);
        foreach ((string name, string value) in report.Fingerprints)
            Line($"fingerprint of {name}", value);
        page.Raw("</tbody></table></div>");

        void Line(string name, string value) => page.Add($"<tr><th>{name}<td><code>{value}</code></tr>");
    }

    private static double Mebibytes(long bytes) => bytes / 1048576.0;
}
