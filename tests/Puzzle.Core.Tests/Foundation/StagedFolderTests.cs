using Puzzle.Foundation;

namespace Puzzle.Tests.Foundation;

public sealed class StagedFolderTests
{
    [Fact]
    public void NewSave_RemovesWhatAKilledOneLeft()
    {
        using var folder = new TestFolder();
        string leftover = Directory.CreateDirectory(folder[".child.abcdefgh.ijk.tmp"]).FullName;
        string other = Directory.CreateDirectory(folder[".child.v2.abcdefgh.ijk.tmp"]).FullName;
        File.WriteAllText(Path.Combine(leftover, "model.safetensors"), "half");

        using (var staging = new StagedFolder(folder["child"], "config.json"))
        {
            File.WriteAllText(Path.Combine(staging.Path, "config.json"), "{}");
            staging.Commit();
        }

        Assert.Equal([other, folder["child"]], Directory.GetFileSystemEntries(folder.Path).Order(StringComparer.Ordinal));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(folder["child"], "config.json")));
    }

    [Fact]
    public void Create_AnotherWritesTheSameFolder_IsRefused()
    {
        using var folder = new TestFolder();
        using var staging = new StagedFolder(folder["child"], "config.json");

        Assert.Contains(
            "in use", Assert.Throws<IOException>(() => new StagedFolder(folder["child"], "config.json")).Message, StringComparison.Ordinal);
        new StagedFolder(folder["other"], "config.json").Dispose();
    }

    [Fact]
    public void Commit_OntoAFolder_KnowsTheDigestsOfOldAndNewFiles()
    {
        using var folder = new TestFolder();
        Commit("identity", ("config.json", "{}"), ("notes.txt", "one"));
        Commit("other", ("config.json", "{1}"));
        FolderDigests.Check(folder["child"], "config.json", "notes.txt");

        FolderDigests digests = FolderDigests.Read(folder["child"])!;
        Assert.Equal(["config.json", "notes.txt"], digests.Files.Keys);
        Assert.Equal("other", digests.Identity);
        Assert.True(digests.AreIntact(folder["child"]));

        void Commit(string identity, params (string Name, string Text)[] files)
        {
            using var staging = new StagedFolder(folder["child"], "config.json");
            foreach ((string name, string text) in files)
                File.WriteAllText(Path.Combine(staging.Path, name), text);
            staging.Commit(identity);
        }
    }
}
