using System.Runtime.InteropServices;

namespace Puzzle.Native;

/// <summary>What the C allocator does with memory that was freed. Only glibc's can be told.</summary>
internal static partial class NativeHeap
{
    /// <summary>The runtime option (<c>runtimeconfig.json</c>, <see cref="AppContext"/>) that is false where freed memory goes back to the
    /// system at once.</summary>
    public const string KeepSwitch = "Puzzle.KeepFreedMemory";

    // Logits of a chunk are 16 MB; a whole window of a large vocabulary may be hundreds. Larger pieces than this come rarely.
    private const int KeptBytes = 1 << 30;

    // Asked from the system at a time, so that a growing heap does not ask for every tensor.
    private const int GrowthBytes = 64 << 20;

    private const int TrimThreshold = -1, TopPad = -2, MmapThreshold = -3;

    /// <summary>Lets the process keep freed memory for the next tensors: without this, glibc maps and unmaps those of a megabyte and more,
    /// and the system clears every page each time.</summary>
    /// <returns>Whether that was set: not where the switch is false, the user's environment decides, or the C library is another
    /// one.</returns>
    public static bool KeepFreed() =>
        KeepFreed(!AppContext.TryGetSwitch(KeepSwitch, out bool keep) || keep, Environment.GetEnvironmentVariable);

    /// <summary>The same with the switch and the environment given.</summary>
    internal static bool KeepFreed(bool wanted, Func<string, string?> environment)
    {
        string[] own = ["MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_MMAP_MAX_"];
        bool decided = own.Any(name => !string.IsNullOrEmpty(environment(name)))
            || environment("GLIBC_TUNABLES")?.Contains("glibc.malloc", StringComparison.Ordinal) == true;
        return wanted && !decided && Call(() =>
            SetMalloc(MmapThreshold, KeptBytes) & SetMalloc(TrimThreshold, KeptBytes) & SetMalloc(TopPad, GrowthBytes)) == 1;
    }

    /// <summary>Collects garbage and returns the free pages of both heaps.</summary>
    public static void Trim()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Call(() => TrimMalloc(0));
    }

    private static int Call(Func<int> function)
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        try
        {
            return function();
        }
        catch (EntryPointNotFoundException)
        {
            // Only glibc has it; others keep less.
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetMalloc(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimMalloc(nint pad);
}
