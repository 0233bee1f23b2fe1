using Puzzle.Foundation;
using Puzzle.Library;

namespace Puzzle.Tests.Library;

public sealed class DirectoryBlockLibraryOpeningTests : IDisposable
{
    private readonly LibraryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_OtherParent_NamesBothAndChangesNothing()
    {
        _folder.Fill(scores: 1);

        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => _folder.Open("another-parent"));

        Assert.Contains("another parent", refused.Message, StringComparison.Ordinal);
        Assert.Contains(LibraryFolder.Parent, refused.Message, StringComparison.Ordinal);
        Assert.Contains("another-parent", refused.Message, StringComparison.Ordinal);
        using DirectoryBlockLibrary library = _folder.Open();
        Assert.True(LibraryFolder.HasIntact(library, 0));
    }

    [Fact]
    public void Open_WhileOpen_SaysSo_AndWorksAfterwards()
    {
        using (_folder.Open())
        {
            IOException refused = Assert.Throws<IOException>(() => _folder.Open());
            Assert.Contains(_folder.Path, refused.Message, StringComparison.Ordinal);
            Assert.Contains("open in another place", refused.Message, StringComparison.Ordinal);
        }
        _folder.Open().Dispose();
    }

    [Fact]
    public void Open_RefusedOnce_DoesNotKeepTheLock()
    {
        _folder.Open().Dispose();
        Assert.Throws<InvalidOperationException>(() => _folder.Open("another-parent"));
        _folder.Open().Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"schema_version":1,"parent_fingerprint":null,"checksum":"x"}""")]
    [InlineData("""{"schema_version":1,"parent_fingerprint":"parent-fingerprint","checksum":"x"}""")]
    [InlineData("""{"schema_version":2,"parent_fingerprint":"parent-fingerprint","checksum":"x","more":[]}""")]
    public void Open_DamagedOrNewerDescription_IsAFormatError(string json)
    {
        _folder.Fill(scores: 0);
        File.WriteAllText(_folder.Manifest, json);

        CheckpointFormatException refused = Assert.Throws<CheckpointFormatException>(() => _folder.Open());

        Assert.Equal(_folder.Manifest, refused.File);
    }

    [Fact]
    public void Open_DescriptionNotUtf8_IsAFormatError()
    {
        _folder.Fill(scores: 0);
        byte[] bytes = File.ReadAllBytes(_folder.Manifest);
        for (int position = 0; position < bytes.Length; position++)
        {
            byte[] damaged = [.. bytes];
            damaged[position] = 0xAA;
            File.WriteAllBytes(_folder.Manifest, damaged);
            Assert.Throws<CheckpointFormatException>(() => _folder.Open());
        }
    }

    [Fact]
    public void Open_DescriptionLostFromALibrary_IsAFormatError()
    {
        _folder.Fill(scores: 0);
        File.Delete(_folder.Manifest);

        Assert.Throws<CheckpointFormatException>(() => _folder.Open());
    }

    [Fact]
    public void Open_CrashedWhileCreating_StartsAgain()
    {
        File.WriteAllText(Path.Combine(_folder.Path, ".library.json.abcdefgh.ijk.tmp"), "{");

        using DirectoryBlockLibrary library = _folder.Open();

        Assert.Empty(library.Variants);
        Assert.Equal(["library.json", "library.lock", "scores.jsonl"],
            Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Open_LeftoversOfACrash_AreRemoved_OtherFilesAreNot()
    {
        _folder.Fill(scores: 0);
        string leftover = Path.Combine(_folder.VariantsFolder, ".00-ffn-352-0123456789ab.safetensors.abc.tmp");
        string note = Path.Combine(_folder.VariantsFolder, "note.tmp");
        File.WriteAllText(leftover, "half");
        File.WriteAllText(note, "mine");

        using DirectoryBlockLibrary library = _folder.Open();

        Assert.False(File.Exists(leftover));
        Assert.True(File.Exists(note));
        Assert.Equal(LibraryFolder.Units.Length, library.Variants.Count);
    }

    [Fact]
    public void Open_VariantUnderAnotherName_IsAbsent()
    {
        _folder.Fill(scores: 0);
        string file = Directory.GetFiles(_folder.VariantsFolder, "11-ffn-352-*").Single();
        File.Copy(file, file.Replace("11-ffn-352-", "10-ffn-352-", StringComparison.Ordinal));

        using DirectoryBlockLibrary library = _folder.Open();

        Assert.Equal(LibraryFolder.Units.Length, library.Variants.Count);
        Assert.Null(library.Find(new SubblockKey(10, SubblockKind.Ffn, "352"), Fingerprint.Of("first")));
    }

    [Fact]
    public void Open_VariantOfAnotherParent_IsAbsentAndReplaceable()
    {
        using (DirectoryBlockLibrary library = _folder.Open())
            LibraryFolder.Add(library, 0);
        using var other = new LibraryFolder();
        other.Open("another-parent").Dispose();
        string file = Directory.GetFiles(_folder.VariantsFolder).Single();
        File.Copy(file, Path.Combine(other.VariantsFolder, Path.GetFileName(file)));

        using DirectoryBlockLibrary opened = other.Open("another-parent");

        Assert.Empty(opened.Variants);
        Assert.False(LibraryFolder.HasIntact(opened, 0));
        LibraryFolder.Add(opened, 0);
        Assert.True(LibraryFolder.HasIntact(opened, 0));
    }

    [Fact]
    public void Add_FolderBecomesUnwritable_NamesTheFileAndKeepsTheRest()
    {
        using DirectoryBlockLibrary library = _folder.Open();
        library.AddScore(LibraryFolder.Score(0));
        Directory.Delete(_folder.VariantsFolder);
        File.WriteAllText(_folder.VariantsFolder, "in the way");

        IOException failed = Assert.Throws<IOException>(() => LibraryFolder.Add(library, 4));

        Assert.Contains("11-ffn-352-", failed.Message, StringComparison.Ordinal);
        Assert.Contains("layer 11 ffn 352", failed.Message, StringComparison.Ordinal);
        Assert.Empty(library.Variants);
        Assert.True(LibraryFolder.HasIntactScore(library, 0));
        File.Delete(_folder.VariantsFolder);
        LibraryFolder.Add(library, 4);
        Assert.True(LibraryFolder.HasIntact(library, 4));
    }
}
