using System.Reflection;
using Puzzle.Pipeline.Benchmarks;

namespace Puzzle.Tests.Docs;

/// <summary>README's table and picture are of one run, the one that is kept beside them.</summary>
public sealed class ReadmeRunTests
{
    private static readonly string Repository = typeof(ReadmeRunTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Repository").Value!;

    private static readonly string Docs = Path.Combine(Repository, "docs");

    [Fact]
    public void Readme_TableAndSentences_AreOfTheKeptRun()
    {
        string readme = File.ReadAllText(Path.Combine(Repository, "README.md")).ReplaceLineEndings("\n");

        Assert.Equal(DefaultRun.Read(Path.Combine(Docs, DefaultRun.FolderName)).Into(readme), readme);
    }

    [Fact]
    public void Readme_Picture_IsOfTheKeptRun()
    {
        DefaultRun run = DefaultRun.Read(Path.Combine(Docs, DefaultRun.FolderName));

        Assert.Equal(run.PictureDigest, DefaultRun.DigestOf(Path.Combine(Docs, DefaultRun.PictureName)));
    }
}
