using Puzzle.Foundation;

namespace Puzzle.Tests.Foundation;

public sealed class SealedJsonTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_AfterWrite_GivesItBack()
    {
        SealedJson.Write(_folder["a.json"], (int[][])[[1, 2], [3]], FileJson.Default.Int32ArrayArray);

        Assert.Equal([[1, 2], [3]], SealedJson.Find(_folder["a.json"], FileJson.Default.Int32ArrayArray)!);
    }

    [Fact]
    public void Find_NoFile_GivesNull() => Assert.Null(SealedJson.Find(_folder["none.json"], FileJson.Default.Int32ArrayArray));

    [Fact]
    public void Find_AnyByteFlippedOrCutOff_GivesNull()
    {
        string path = _folder["a.json"];
        SealedJson.Write(path, (int[][])[[1, 2], [3]], FileJson.Default.Int32ArrayArray);
        byte[] whole = File.ReadAllBytes(path);

        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= (byte)(1 << (i % 8));
            File.WriteAllBytes(path, damaged);
            Assert.Null(SealedJson.Find(path, FileJson.Default.Int32ArrayArray));
            File.WriteAllBytes(path, whole[..i]);
            Assert.Null(SealedJson.Find(path, FileJson.Default.Int32ArrayArray));
        }
    }
}
