using System.Globalization;

namespace Puzzle.Training.Benchmarks;

/// <summary>
/// Resident memory of this process as Linux counts it: heaps, code and mapped files. Files read without mapping them,
/// as checkpoints and scratch files are, sit in the system's cache and are not counted.
/// </summary>
internal static class ResidentMemory
{
    /// <summary>Starts a new peak at what is resident now.</summary>
    public static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    /// <summary>Gets the peak since the last reset, in bytes.</summary>
    public static long Peak => Read("VmHWM:");

    /// <summary>Gets the part of what is resident now that files back: code and mapped files.</summary>
    public static long Mapped => Read("RssFile:");

    private static long Read(string field)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
