using System.Reflection;

namespace Puzzle.Tests;

/// <summary>The documentation as a site: it builds, and every link within it has an end.</summary>
public sealed class SiteTests
{
    [Fact]
    public void Docfx_PagesAndReference_BuildWithoutAWarning()
    {
        string repository = Metadata("Repository");
        Assert.SkipUnless(Metadata("Configuration") == "Debug", "the reference is read from debug builds");
        using var site = new TestFolder();
        CommandLine.Run("dotnet", ["tool", "restore"], repository);

        CommandLine.Run("dotnet", ["docfx", "docfx.json", "--warningsAsErrors", "--output", site.Path], repository);

        string folder = Path.GetDirectoryName(Directory.GetFiles(site.Path, "xrefmap.yml", SearchOption.AllDirectories).Single())!;
        string[] pages =
            [.. Directory.GetFiles(Path.Combine(repository, "docs"), "*.md").Select(page => Path.GetFileNameWithoutExtension(page)!)];
        Assert.NotEmpty(pages);
        Assert.All(pages, page => Assert.True(File.Exists(Path.Combine(folder, "docs", page + ".html")), page));
        Assert.True(File.Exists(Path.Combine(folder, "api", "Puzzle.Pipeline.PuzzlePipeline.html")));
        string toc = File.ReadAllText(Path.Combine(folder, "toc.html"));
        Assert.All(pages, page => Assert.Contains(page + ".html", toc, StringComparison.Ordinal));
    }

    private static string Metadata(string key) =>
        typeof(SiteTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
