namespace Puzzle.Sizing;

/// <summary>What allocators take beside what is asked for.</summary>
internal static class Heap
{
    // Measured with glibc, as this library sets it, over whole stages: 1.3 times what is in use at the peak in the mean, because tensors of
    // different sizes follow each other. Torch's allocator for CUDA is taken to be like it.
    private const int GapPercent = 35;

    /// <summary>Gives what tensors take with the gaps between them, in bytes.</summary>
    public static long WithGaps(long bytes) => checked(bytes + Gaps(bytes));

    /// <summary>Gives the gaps between a stage's tensors.</summary>
    public static MemoryPart GapsOf(IEnumerable<MemoryPart> parts) => new("gaps of the heap", Gaps(parts.Sum(part => part.Bytes)));

    private static long Gaps(long bytes) => bytes / 100 * GapPercent;
}
