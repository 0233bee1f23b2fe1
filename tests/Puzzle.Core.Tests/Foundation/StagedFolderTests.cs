using Puzzle.Foundation;

namespace Puzzle.Tests.Foundation;

public sealed class StagedFolderTests
{
    [Fact]
    public void NewSave_RemovesWhatAKilledOneLeft()
    {
        using var folder = new TestFolder();
        string leftover = new StagedFolder(folder["child"], "config.json").Path, other = new StagedFolder(folder["child.v2"], "config.json").Path;
        File.WriteAllText(Path.Combine(leftover, "model.safetensors"), "half");

        using (var staging = new StagedFolder(folder["child"], "config.json"))
        {
            File.WriteAllText(Path.Combine(staging.Path, "config.json"), "{}");
            staging.Commit();
        }

        Assert.Equal([other, folder["child"]], Directory.GetFileSystemEntries(folder.Path).Order(StringComparer.Ordinal));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(folder["child"], "config.json")));
    }
}
