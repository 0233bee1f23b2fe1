using Puzzle.Foundation;

namespace Puzzle.Tests.Foundation;

public sealed class ScratchFolderTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Dispose_RemovesIt()
    {
        using (var scratch = new ScratchFolder("test", _folder.Path))
            File.WriteAllText(Path.Combine(scratch.Path, "file"), "");

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Create_SweepsWhatAKilledProcessLeftAndNothingElse()
    {
        using var used = new ScratchFolder("test", _folder.Path);
        string killed = Directory.CreateDirectory(_folder["puzzle-scratch-test-killed"]).FullName;
        string killedEarlier = Directory.CreateDirectory(_folder["puzzle-scratch-test-empty"]).FullName;
        string foreign = Directory.CreateDirectory(_folder["puzzle-scratch-other"]).FullName;
        File.WriteAllText(Path.Combine(killed, ".in-use"), "");
        File.WriteAllText(Path.Combine(foreign, "mine"), "");

        using var next = new ScratchFolder("test", _folder.Path);

        Assert.False(Directory.Exists(killed));
        Assert.False(Directory.Exists(killedEarlier));
        Assert.True(Directory.Exists(foreign));
        Assert.True(Directory.Exists(used.Path));
    }
}
