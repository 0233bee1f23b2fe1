using System.Globalization;
using System.Runtime.InteropServices;

namespace Puzzle.Training.Benchmarks;

/// <summary>
/// Resident memory of this process as Linux counts it: heaps, code and mapped files. Files read without mapping them,
/// as checkpoints and scratch files are, sit in the system's cache and are not counted.
/// </summary>
internal static partial class ResidentMemory
{
    /// <summary>Starts a new peak at what is resident now.</summary>
    public static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    /// <summary>Gets the peak since the last reset, in bytes.</summary>
    public static long Peak => Read("VmHWM:");

    /// <summary>Gets the part of what is resident now that files back: code and mapped files.</summary>
    public static long Mapped => Read("RssFile:");

    /// <summary>Gets the bytes that the C library has given out, without what lies between them.</summary>
    public static long InUse
    {
        get
        {
            AllocatorInformation information = Information();
            return (long)(information.Used + information.Mapped);
        }
    }

    private static long Read(string field)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial AllocatorInformation Information();

    // Of mallinfo2: arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct AllocatorInformation
    {
        private readonly nuint _arena, _free, _fast, _maps;

        public readonly nuint Mapped;

        private readonly nuint _most, _fastBytes;

        public readonly nuint Used;

        private readonly nuint _freeBytes, _top;
    }
}
