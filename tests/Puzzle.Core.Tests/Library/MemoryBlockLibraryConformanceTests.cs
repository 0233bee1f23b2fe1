using Puzzle.Library;

namespace Puzzle.Tests.Library;

public sealed class MemoryBlockLibraryConformanceTests : LibraryConformance
{
    protected override bool IsDurable => false;

    protected override IBlockLibrary Open(string parentFingerprint) => new MemoryBlockLibrary { ParentFingerprint = parentFingerprint };
}
