using System.Runtime.InteropServices;

namespace Puzzle.Search.Profiling;

/// <summary>
/// A clock that runs only while the calling thread does: with one intra-operator thread on the CPU it measures as if the machine
/// were not shared. Linux and macOS.
/// </summary>
/// <remarks>Not for several intra-operator threads or a GPU, whose work is done elsewhere. Timestamps compare within one thread
/// only.</remarks>
public sealed partial class ThreadProcessorClock : TimeProvider
{
    private const int LinuxThreadClock = 3;
    private const int MacThreadClock = 16;
    private readonly int _clock = OperatingSystem.IsLinux() ? LinuxThreadClock
        : OperatingSystem.IsMacOS() ? MacThreadClock
        : throw new PlatformNotSupportedException("Only Linux and macOS tell a thread's processor time finely enough.");

    /// <inheritdoc/>
    public override long TimestampFrequency => 1_000_000_000;

    /// <inheritdoc/>
    public override long GetTimestamp() => ReadClock(_clock, out Time time) == 0
        ? (time.Seconds * 1_000_000_000) + time.Nanoseconds
        : throw new InvalidOperationException("The system does not tell the thread's processor time.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ReadClock(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
