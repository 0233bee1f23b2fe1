using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Puzzle.Foundation;

/// <summary>What Linux says of a file that .NET does not: its kind and its owner.</summary>
/// <param name="Mode">Kind and permissions, as in <c>st_mode</c>.</param>
/// <param name="Owner">The owner's id.</param>
internal readonly partial record struct UnixFileStatus(int Mode, uint Owner)
{
    private const int KindMask = 0xF000, RegularKind = 0x8000;
    private const int CurrentFolder = -100;
    private const uint BasicStatus = 0x7FF;

    // Of struct statx, which is the same on every processor.
    private const int StatusBytes = 256, OwnerOffset = 20, ModeOffset = 28;

    /// <summary>Gets whether it is an ordinary file: no folder, pipe, device or socket.</summary>
    public bool IsRegular => (Mode & KindMask) == RegularKind;

    /// <summary>Gets whether its group or everybody may write to it.</summary>
    public bool IsWritableByOthers => (Mode & (int)(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0;

    /// <summary>Gets the id of the user that this process runs as.</summary>
    public static uint CurrentUser => EffectiveUser();

    /// <summary>Reads a file's status, links followed; null where there is no such file, or the system cannot tell.</summary>
    public static UnixFileStatus? Of(string path)
    {
        if (!OperatingSystem.IsLinux() || path.Contains('\0', StringComparison.Ordinal))
            return null;
        Span<byte> status = stackalloc byte[StatusBytes];
        try
        {
            return ReadStatus(CurrentFolder, path, 0, BasicStatus, ref MemoryMarshal.GetReference(status)) != 0
                ? null
                : new UnixFileStatus(
                    BinaryPrimitives.ReadUInt16LittleEndian(status[ModeOffset..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(status[OwnerOffset..]));
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ReadStatus(int folder, string path, int flags, uint mask, ref byte status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
