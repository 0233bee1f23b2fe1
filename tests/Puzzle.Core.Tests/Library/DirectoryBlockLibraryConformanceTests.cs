using Puzzle.Library;

namespace Puzzle.Tests.Library;

public sealed class DirectoryBlockLibraryConformanceTests : LibraryConformance, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override IBlockLibrary Open(string parentFingerprint) =>
        DirectoryBlockLibrary.Open(_folder["library"], parentFingerprint);
}
