using System.Globalization;
using System.Runtime.InteropServices;

namespace Puzzle.Native;

/// <summary>What the system says of its processors.</summary>
internal static class HostHardware
{
    private const string CacheFolder = "/sys/devices/system/cpu/cpu0/cache";

    /// <summary>Gives the name of the processor model, or of its architecture where the system does not say.</summary>
    public static string ProcessorName() =>
        Field("/proc/cpuinfo", "model name")
        ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
        ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>Gets a value indicating whether the processors multiply brain floats natively (AVX-512 BF16 or AMX).</summary>
    public static bool MultipliesBFloat16 { get; } = NamesBFloat16(Field("/proc/cpuinfo", "flags"));

    /// <summary>Tells whether a processor's flags name a unit that multiplies brain floats.</summary>
    /// <param name="flags">As Linux lists them; null where the system does not say.</param>
    public static bool NamesBFloat16(string? flags) => flags?.Split(' ').Intersect(["avx512_bf16", "amx_bf16"]).Any() ?? false;

    /// <summary>Gives the size of the last-level cache; null where the system does not say.</summary>
    /// <param name="folder">The cache description of one processor, as Linux lays it out.</param>
    /// <returns>Bytes.</returns>
    public static long? LastLevelCacheBytes(string folder = CacheFolder)
    {
        if (!Directory.Exists(folder))
            return null;
        (int Level, long Bytes) last = default;
        foreach (string index in Directory.EnumerateDirectories(folder, "index*"))
        {
            bool holdsData = Read(index, "type") is "Data" or "Unified";
            if (holdsData && int.TryParse(Read(index, "level"), CultureInfo.InvariantCulture, out int level)
                && level > last.Level && ParseSize(Read(index, "size")) is { } bytes)
                last = (level, bytes);
        }
        return last.Level > 0 ? last.Bytes : null;
    }

    /// <summary>Gives the bytes of memory that this process can still get without swapping; what files are cached in counts as
    /// free.</summary>
    /// <param name="path">Linux's account of its memory.</param>
    public static long AvailableMemoryBytes(string path = "/proc/meminfo")
    {
        // A container's limit too.
        long most = Math.Max(0, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet);
        string? kibibytes = Field(path, "MemAvailable")?.Split(' ')[0];
        return long.TryParse(kibibytes, CultureInfo.InvariantCulture, out long available) ? Math.Min(most, available << 10) : most;
    }

    private static long? ParseSize(string? text)
    {
        if (text is not { Length: > 1 })
            return null;
        int shift = text[^1] switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        string digits = shift > 0 ? text[..^1] : text;
        return int.TryParse(digits, CultureInfo.InvariantCulture, out int number) && number > 0 ? (long)number << shift : null;
    }

    private static string? Read(string folder, string file)
    {
        string path = Path.Combine(folder, file);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }

    private static string? Field(string path, string name)
    {
        if (!File.Exists(path))
            return null;
        string? line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        int colon = line?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        return colon < 0 ? null : line![(colon + 1)..].Trim();
    }
}
