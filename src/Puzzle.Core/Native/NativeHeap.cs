using System.Runtime.InteropServices;

namespace Puzzle.Native;

/// <summary>Gives memory that is free, but kept for later, back to the system.</summary>
internal static partial class NativeHeap
{
    /// <summary>Collects garbage, of which optimizer moments are the most, and returns the free pages of both heaps.</summary>
    public static void Trim()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = TrimMalloc(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Only glibc has it; others keep less.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimMalloc(nint pad);
}
