using CsCheck;
using Puzzle.Foundation;
using Puzzle.Text;

namespace Puzzle.Tests.Text;

public sealed class TextDocumentsTests
{
    [Fact]
    public void Read_NoSeparator_GivesTheWholeFileUnchanged()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.txt", "\none\n\ntwo\n");
        Assert.Equal(["\none\n\ntwo\n"], TextDocuments.Read(file));
    }

    [Fact]
    public void Read_EndOfTextMarks_AlwaysSplit()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.txt", "one\n<|endoftext|>\ntwo\n\n<|endoftext|><|endoftext|>  \n<|endoftext|>three\n");
        Assert.Equal(["one", "two", "three\n"], TextDocuments.Read(file));
    }

    [Fact]
    public void Read_Separator_DropsEmptyDocuments()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.txt", "one\nline\n\n\n\ntwo\n\n<|endoftext|>\n\nthree\n\n");
        Assert.Equal(["one\nline", "two", "three"], TextDocuments.Read(file, "\n\n"));
    }

    [Fact]
    public void Read_ByteOrderMark_IsNotText()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(["\u00E9"], TextDocuments.Read(folder.Write("a.txt", [0xEF, 0xBB, 0xBF, 0xC3, 0xA9])));
    }

    [Fact]
    public void Read_LongFile_SplitsAcrossChunks()
    {
        // Multi-byte characters and separators at every alignment to the 1 MiB chunks.
        using var folder = new TemporaryFolder();
        string[] documents = [.. Enumerable.Range(0, 200).Select(i => string.Concat(Enumerable.Repeat("\U0001F600\u00E9x", 1500 + i)))];
        string file = folder.Write("a.txt", string.Join("<|endoftext|>", documents));
        Assert.True(new FileInfo(file).Length > 2 << 20);
        Assert.Equal(documents, TextDocuments.Read(file));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((2 << 20) - 2)]
    public void Read_InvalidUtf8_NamesFileAndByte(int offset)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = new byte[(2 << 20) + 7];
        Array.Fill(bytes, (byte)'a');
        bytes[offset] = 0xFF;
        string file = folder.Write("a.txt", bytes);
        var error = Assert.Throws<CheckpointFormatException>(() => TextDocuments.Read(file).ToList());
        Assert.Equal(file, error.File);
        Assert.EndsWith($" {offset}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CutOffCharacterAtTheEnd_Throws()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.txt", [(byte)'a', 0xE2, 0x82]);
        Assert.EndsWith(
            " 1", Assert.Throws<CheckpointFormatException>(() => TextDocuments.Read(file).ToList()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingFile_NamesIt() =>
        Assert.Equal("absent.txt", Assert.Throws<CheckpointFormatException>(() => TextDocuments.Read("absent.txt").ToList()).File);

    [Fact]
    public void Read_EmptySeparator_Throws() =>
        Assert.Throws<ArgumentException>("separator", () => TextDocuments.Read("a.txt", ""));
}
