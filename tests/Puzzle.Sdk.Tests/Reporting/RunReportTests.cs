using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using System.Xml;
using System.Xml.Linq;
using Puzzle.Foundation;
using Puzzle.Reporting;

namespace Puzzle.Tests.Reporting;

public sealed class RunReportTests
{
    [Fact]
    public void Save_Read_GivesTheSameReport()
    {
        using var folder = new TestFolder();
        RunReport report = SampleReport.Create();

        report.Save(folder.Path);
        RunReport read = RunReport.Read(folder.Path);
        read.Save(folder["again"]);

        Assert.Equal(
            File.ReadAllText(folder[RunReport.JsonFileName]), File.ReadAllText(Path.Combine(folder["again"], RunReport.JsonFileName)));
        Assert.Equal(report.Frontier!.Points.Count, read.Frontier!.Points.Count);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("nothing")]
    [InlineData("null")]
    [InlineData("""{"schema_version": 2, "target": "\udc00"}""")]
    [InlineData("""{"schema_version": 2, "versions": {"a": "1", "a": "2"}}""")]
    [InlineData("""{"schema_version": 1, "target": "x"}""")]
    public void Read_NoReport_NamesTheFile(string text)
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["report.json"], text);

        Assert.Contains(
            "report.json", Assert.Throws<CheckpointFormatException>(() => RunReport.Read(folder["report.json"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FolderInPlaceOfTheFile_NamesIt()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["report.json"]);

        Assert.Contains(
            "report.json", Assert.Throws<CheckpointFormatException>(() => RunReport.Read(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    // Where the layout changes on purpose, the new schema is what this test prints.
    [Fact]
    public void Schema_Published_IsThatOfTheReport()
    {
        // Options that nothing was written with yet have no resolver of their own.
        var options = new JsonSerializerOptions(RunReport.Json) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        string expected = options.GetJsonSchemaAsNode(typeof(RunReport)).ToJsonString(new() { WriteIndented = true });

        string published = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "report.schema.json"));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(published)), expected);
    }

    [Fact]
    public void Html_EveryPart_IsThereAndEscapedAndAsksNobody()
    {
        using var folder = new TestFolder();
        SampleReport.Create().Save(folder.Path);
        string page = File.ReadAllText(folder[RunReport.HtmlFileName]);

        foreach (string part
            in new[] { "1.53x", "98.1 %", "Trade-off", "Architecture", "Scores", "Training",
                "3 layers were fitted in sequence: KL 0.2115 became 0.1725", "Finalists", "0.0900 (25 % of the steps)",
                "Fused FFNs", "1056",
                "Where time and memory go", "What they write", "How it was made", "target" })
            Assert.Contains(part, page, StringComparison.Ordinal);
        Assert.Contains("Once &lt;b&gt;upon&lt;/b&gt; a time", page, StringComparison.Ordinal);
        Assert.Contains("&lt;a&gt; &amp; b.txt", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Html_Charts_AreWellFormed()
    {
        using var folder = new TestFolder();
        SampleReport.Create(layers: 40).Save(folder.Path);
        string page = File.ReadAllText(folder[RunReport.HtmlFileName]);

        int charts = 0;
        for (int start = page.IndexOf("<svg", StringComparison.Ordinal); start >= 0; start = page.IndexOf(
            "<svg", start + 1, StringComparison.Ordinal))
        {
            int end = page.IndexOf("</svg>", start, StringComparison.Ordinal) + 6;
            using var reader = XmlReader.Create(new StringReader(page[start..end]));
            Assert.DoesNotContain("NaN", XDocument.Load(reader).ToString(), StringComparison.Ordinal);
            charts++;
        }
        Assert.Equal(6, charts);
    }

    [Fact]
    public void Html_NoChild_SaysWhy()
    {
        using var folder = new TestFolder();
        (SampleReport.Create() with
        {
            Child = null,
            Infeasibility = "Nothing is that fast.",
            Layers = [],
            Frontier = null,
            Costs = [],
            BlockwiseCurves = [],
            GlobalCurve = null,
        }).Save(folder.Path);

        Assert.Contains("Nothing is that fast.", File.ReadAllText(folder[RunReport.HtmlFileName]), StringComparison.Ordinal);
    }
}
