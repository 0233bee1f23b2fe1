using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Puzzle.Reporting;

namespace Puzzle.Pipeline.Benchmarks;

/// <summary>The run that README shows, as <c>docs/default-run</c> keeps it: what it found, and how it was made.</summary>
/// <param name="Seconds">From the command's start to its end, the build not included.</param>
/// <param name="PictureDigest">SHA-256 of <c>docs/frontier.png</c>, in lower-case hexadecimal digits.</param>
/// <param name="OtherRuns">The share of top-1 accuracy that the other runs of the median kept, ascending.</param>
internal sealed record DefaultRun(double Seconds, string PictureDigest, IReadOnlyList<double> OtherRuns)
{
    public const string FolderName = "default-run", PictureName = "frontier.png";
    public const string Begin = "<!-- default run: written by `Puzzle.Pipeline.Benchmarks -- readme` -->";
    public const string End = "<!-- end of default run -->";

    private const string FileName = "run.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    // Long lists that README does not show, and a temporary folder.
    private static readonly string[] LeftOut = ["command", "scores", "blockwise_curves", "global_curve", "samples", "frontier"];

    public required RunReport Report { get; init; }

    public static DefaultRun Read(string folder)
    {
        var notes = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, FileName)))!;
        return new DefaultRun(
            (double)notes["seconds"]!, (string)notes["picture_sha256"]!, [.. notes["other_runs"]!.AsArray().Select(kept => (double)kept!)])
        {
            Report = RunReport.Read(folder),
        };
    }

    /// <summary>Keeps the run and the report of its work folder.</summary>
    public void Write(string folder, string work)
    {
        Directory.CreateDirectory(folder);
        JsonObject report = JsonNode.Parse(File.ReadAllText(Path.Combine(work, RunReport.JsonFileName)))!.AsObject();
        foreach (string name in LeftOut)
            report.Remove(name);
        File.WriteAllText(Path.Combine(folder, RunReport.JsonFileName), report.ToJsonString(Json) + "\n");
        var notes = new JsonObject
        {
            ["seconds"] = Seconds,
            ["picture_sha256"] = PictureDigest,
            ["other_runs"] = new JsonArray([.. OtherRuns.Select(kept => JsonValue.Create(kept))]),
        };
        File.WriteAllText(Path.Combine(folder, FileName), notes.ToJsonString(Json) + "\n");
    }

    public static string DigestOf(string picture) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(picture)));

    /// <summary>Gives README with this run between the two marks.</summary>
    public string Into(string readme)
    {
        int begin = readme.IndexOf(Begin, StringComparison.Ordinal), end = readme.IndexOf(End, StringComparison.Ordinal);
        return begin < 0 || end < begin
            ? throw new InvalidDataException("README lacks the marks of the default run.")
            : string.Concat(readme.AsSpan(0, begin + Begin.Length), "\n", ToMarkdown(), readme.AsSpan(end));
    }

    /// <summary>Gives the table, the sentence below it, and the picture.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"Two cores of a cloud machine, default settings, {Duration} without the build")
            .Append(OtherRuns.Count == 0 ? ":" : Invariant($", the median of {OtherRuns.Count + 1} runs:"))
            .Append("\n\n| model | top-1 | top-1 kept | KL to parent | LM loss | speed-up | prefill tok/s | decode tok/s ")
            .Append("| memory MiB | parameters |\n")
            .Append("|---|---|---|---|---|---|---|---|---|---|\n")
            .Append(Row("parent", Report.Parent));
        foreach ((string name, ModelReport model) in Report.Baselines)
            text.Append(Row(name, model));
        ModelReport child = Report.Child ?? throw new InvalidDataException("The run made no child.");
        if (child is { Top1Assembled: { } top1, KlDivAssembled: { } kl, LmLossAssembled: { } loss })
            text.Append(Row("child as assembled", child with { Top1 = top1, KlDiv = kl, LmLoss = loss }));
        text.Append(Row("child, uptrained", child)).Append('\n');
        if (Report.Top1AccuracyKeptForeign is { } foreign)
            text.Append(Invariant($"On text that the parent did not write {100 * foreign:F1} % of its top-1 accuracy is kept.\n"));
        if (OtherRuns.Count > 0)
            text.Append("The other runs kept ").AppendJoin(" and ", OtherRuns.Select(kept => Invariant($"{100 * kept:F1} %")))
                .Append(".\n");
        return text.Append(CultureInfo.InvariantCulture, $"\n![Trade-off of accuracy and speed](docs/{PictureName})\n").ToString();
    }

    private string Duration => Invariant($"{(int)(Seconds / 60)} min {(int)(Seconds % 60)} s");

    private string Row(string name, ModelReport model) => Invariant(
        $"| {name} | {100 * model.Top1:F1} % | {100 * model.Top1 / Report.Parent.Top1:F1} % | {model.KlDiv:F4} | {model.LmLoss:F3} ")
        + Invariant($"| {model.SpeedupMeasured:F2}x | {model.PrefillTokensPerSecond:N0} | {model.DecodeTokensPerSecond:N0} ")
        + Invariant($"| {model.MemoryBytes / 1048576.0:F1} | {model.Parameters:N0} |\n");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
