using Puzzle.Foundation;
using Puzzle.Tests.Text;

namespace Puzzle.Tests.Foundation;

public sealed class AtomicFileTests
{
    [Fact]
    public void Write_DelegateThrows_KeepsOldFileAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x", "old");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[100_000]);
            throw new InvalidOperationException();
        }));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_WhileWriting_OldFileIsWhole()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x", "old");
        AtomicFile.Write(path, stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(path));
        });
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void WriteText_NewFolder_IsUtf8WithoutMark()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "a", "b", "x.json");
        AtomicFile.WriteText(path, "é");
        Assert.Equal("é"u8.ToArray(), File.ReadAllBytes(path));
    }

    [Fact]
    public void Write_LengthForeseenTooLarge_FileHasWhatWasWritten()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "x");
        AtomicFile.Write(path, stream => stream.Write("abc"u8), expectedBytes: 1000);
        Assert.Equal("abc", File.ReadAllText(path));
    }

    [Fact]
    public void Write_TargetIsFolder_ThrowsAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "x");
        Directory.CreateDirectory(path);
        Assert.ThrowsAny<Exception>(() => AtomicFile.WriteText(path, "abc"));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }
}
