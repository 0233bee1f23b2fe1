using Puzzle.Foundation;

namespace Puzzle.Tests.Foundation;

public sealed class FolderDigestsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public FolderDigestsTests()
    {
        File.WriteAllText(_folder["a.txt"], "alpha");
        File.WriteAllText(_folder["b.txt"], "beta");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Check_ChangedFile_IsRefusedByName()
    {
        FolderDigests.Of(_folder.Path).Write(_folder.Path);
        FolderDigests.Check(_folder.Path, "a.txt", "b.txt", "absent.txt");
        File.WriteAllText(_folder["b.txt"], "Beta");

        Assert.Equal(
            _folder["b.txt"], Assert.Throws<CheckpointFormatException>(() => FolderDigests.Check(_folder.Path, "a.txt", "b.txt")).File);
        FolderDigests.Check(_folder.Path, "a.txt");
    }

    // SHA-256 of "alpha", by sha256sum.
    [Fact]
    public void Of_File_IsItsSha256() => Assert.Equal(
        "8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8", FolderDigests.Of(_folder.Path).Files["a.txt"]);

    [Fact]
    public void Check_FolderMadeElsewhere_AcceptsAnything() => FolderDigests.Check(_folder.Path, "a.txt");

    [Fact]
    public void Read_DamagedDigests_IsRefused()
    {
        FolderDigests.Of(_folder.Path).Write(_folder.Path);
        File.AppendAllText(_folder[FolderDigests.FileName], " ");

        Assert.Throws<CheckpointFormatException>(() => FolderDigests.Read(_folder.Path));
    }

    [Fact]
    public void WriteText_KnownFile_RenewsItsDigest()
    {
        FolderDigests.Of(_folder.Path, "identity").Write(_folder.Path);

        FolderDigests.WriteText(_folder["b.txt"], "other");

        FolderDigests.Check(_folder.Path, "a.txt", "b.txt");
        Assert.Equal("identity", FolderDigests.Read(_folder.Path)!.Identity);
        Assert.True(FolderDigests.Read(_folder.Path)!.AreIntact(_folder.Path));
    }
}
