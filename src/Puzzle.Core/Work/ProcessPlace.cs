using System.Globalization;

namespace Puzzle.Work;

/// <summary>Tells which processes a process number means something to, and whether one of them still lives. Under Linux only.</summary>
internal static class ProcessPlace
{
    private const int StartField = 19;

    /// <summary>Gets the host since it was started, and the namespace of process numbers; empty where it is not known.</summary>
    public static string Here { get; } = Find();

    /// <summary>Gets when a process of this place started, in the system's own units; null if there is none.</summary>
    public static long? StartOf(int process)
    {
        try
        {
            string status = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            // The name, in parentheses, may hold anything; 'Z' is one that has ended.
            string[] fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[StartField], CultureInfo.InvariantCulture);
        }
        catch (Exception none) when (none is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Find()
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()} {new FileInfo("/proc/self/ns/pid").LinkTarget}"
                : "";
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
