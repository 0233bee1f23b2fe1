using System.IO.Compression;
using System.Xml.Linq;
using Puzzle.Reporting;

namespace Puzzle.Tests;

public sealed class PackageTests(PackedApps apps)
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public void Packages_EachOne_SaysWhatItIsAndNamesItsSiblingsExactly()
    {
        string[] packages = Directory.GetFiles(apps.Feed, "*.nupkg");

        Assert.Equal(7, packages.Length);
        Assert.Equal(7, Directory.GetFiles(apps.Feed, "*.snupkg").Length);
        Assert.All(packages, package =>
        {
            using ZipArchive archive = ZipFile.OpenRead(package);
            XElement metadata = Nuspec(archive).Root!.Elements().Single();
            Assert.All(new[] { "icon.png", "README.md", "CHANGELOG.md" }, file => Assert.NotNull(archive.GetEntry(file)));
            Assert.Equal("MIT", Value(metadata, "license"));
            Assert.True(Value(metadata, "description")!.Length > 40);
            Assert.DoesNotContain("example.com", metadata.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("file://", metadata.ToString(), StringComparison.Ordinal);
            Assert.All(
                metadata.Descendants().Where(one => one.Name.LocalName == "dependency" && one.Attribute("id")!.Value.StartsWith(
                    "Puzzle.", StringComparison.Ordinal)),
                sibling => Assert.Equal($"[{PackedApps.Version}]", sibling.Attribute("version")!.Value));
        });
    }

    [Fact]
    public void Defaults_FreshApp_CompressesAndLeavesItsReports()
    {
        string printed = apps.Run("Defaults", apps.Parent, apps.Text, apps.Work);

        Assert.Contains("The child, layer by layer", printed, StringComparison.Ordinal);
        Assert.NotNull(RunReport.Read(apps.Work).Child);
        Assert.All(
            new[] { "report.html", "block_library.json", "child" }, name => Assert.True(Path.Exists(Path.Combine(apps.Work, name)), name));
    }

    [Fact]
    public void Defaults_FreshApp_OutputHoldsNoForeignPlatformsAndNoLibtorch()
    {
        // With everything that the packages bring for all platforms it would be 1.4 GB.
        Assert.InRange(SizeOf(apps.OutputOf("Defaults")), 1, 200 * Mebibyte);
    }

    [Fact]
    public void SearchOnly_FreshApp_SearchesWithoutTorch()
    {
        string printed = apps.Run("SearchOnly");

        Assert.Equal(2, printed.Split('\n').Count(line => line.StartsWith("Optimal 3", StringComparison.Ordinal)));
        Assert.InRange(SizeOf(apps.OutputOf("SearchOnly")), 1, 200 * Mebibyte);
    }

    [Fact]
    public void OnnxOnly_FreshApp_GeneratesWithoutTorch()
    {
        Assert.Contains("4 tokens", apps.Run("OnnxOnly", apps.OnnxParent), StringComparison.Ordinal);
        Assert.InRange(SizeOf(apps.OutputOf("OnnxOnly")), 1, 200 * Mebibyte);
    }

    [Fact]
    public void SelfContained_PublishedApp_RunsWithoutHome()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "published for Linux");
        string folder = apps.OutputOf("SelfContained");

        Assert.Contains(
            "4 tokens", CommandLine.Run(Path.Combine(folder, "SelfContained"), [apps.Parent], folder, bareEnvironment: true),
            StringComparison.Ordinal);
    }

    private static long SizeOf(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private static XDocument Nuspec(ZipArchive archive)
    {
        using Stream stream = archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream);
    }

    private static string? Value(XElement metadata, string name) =>
        metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
}
