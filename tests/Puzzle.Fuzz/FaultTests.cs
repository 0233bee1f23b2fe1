namespace Puzzle.Tests;

/// <summary>Every small file of the shared data that once went wrong gives the right answer that its PROVENANCE.md names.</summary>
public sealed class FaultTests
{
    private const string Folder = "faults";

    public static TheoryData<string> Files =>
        SharedData.Root is { } root && Path.Combine(root, Folder) is var folder && Directory.Exists(folder)
        ? [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Where(file => !file.EndsWith("PROVENANCE.md", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)]
        : ["none"];

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_Fault_GivesTheRightAnswer(string file)
    {
        string path = SharedData.Require($"{Folder}/{file}");
        if (file.StartsWith("fuzz/", StringComparison.Ordinal))
        {
            ReadAsDocumented(path);
            return;
        }
        Assert.SkipUnless(FaultAnswers.All.TryGetValue(file, out Action<string>? check), $"no right answer of {file} is known here");
        check!(path);
    }

    // Named by what reads it: an exception is the documented one and names the file; memory is bounded.
    private static void ReadAsDocumented(string path)
    {
        using var folder = new TestFolder();
        string name = Path.GetFileName(path).Split('-')[0];
        Reader reader = Readers.All.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw new InvalidOperationException($"No reader is named {name}.");
        Assert.Null(new FuzzRun(folder.Path, [reader], FuzzTests.MostBytes).Try(reader, File.ReadAllBytes(path)));
    }
}
