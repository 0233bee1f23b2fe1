using Microsoft.Win32.SafeHandles;

namespace Puzzle.Foundation;

/// <summary>Opens files to read. What never ends or blocks, a pipe or a device, is refused before it is opened.</summary>
internal static class RegularFile
{
    /// <summary>Opens a file for reading from start to end.</summary>
    /// <exception cref="CheckpointFormatException">There is no such file, or it is a folder, a pipe or a device.</exception>
    public static FileStream OpenRead(string path) =>
        Open(path, () => new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan));

    /// <summary>Opens a file for reads anywhere.</summary>
    /// <exception cref="CheckpointFormatException">As for <see cref="OpenRead"/>.</exception>
    public static SafeFileHandle OpenHandle(string path) =>
        Open(path, () => File.OpenHandle(path, share: FileShare.Read | FileShare.Delete, options: FileOptions.RandomAccess));

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">The most bytes to accept.</param>
    /// <exception cref="CheckpointFormatException">As for <see cref="OpenRead"/>; or it is larger, or becomes shorter
    /// meanwhile.</exception>
    public static byte[] ReadAllBytes(string path, long most = int.MaxValue)
    {
        most = Math.Min(most, Array.MaxLength);
        using FileStream stream = OpenRead(path);
        if (stream.Length > most)
            throw new CheckpointFormatException(path, $"the file has {stream.Length} bytes; at most {most} are accepted");
        byte[] bytes = new byte[stream.Length];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == bytes.Length
            ? bytes
            : throw new CheckpointFormatException(path, $"the file ends at byte {read}; it had {bytes.Length}");
    }

    private static T Open<T>(string path, Func<T> open)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
            throw new CheckpointFormatException(path.Replace("\0", "\\0", StringComparison.Ordinal), "there is no such file");
        if (Directory.Exists(path))
            throw new CheckpointFormatException(path, "this is a folder; expected a file");
        if (UnixFileStatus.Of(path) is { IsRegular: false })
            throw new CheckpointFormatException(path, "this is a pipe or a device; expected a file");
        try
        {
            return open();
        }
        // A path through a file has an exception of no type of its own.
        catch (Exception missing)
            when (missing is FileNotFoundException or DirectoryNotFoundException or ArgumentException or PathTooLongException
                || (missing is IOException && !Path.Exists(path)))
        {
            throw new CheckpointFormatException(path, WhatIsMissing(path), missing);
        }
    }

    // Who names a folder wrongly hears of the folder, not of the file that was looked for in it.
    private static string WhatIsMissing(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) switch
    {
        { } folder when File.Exists(folder) => $"'{folder}' is a file; expected a folder",
        { } folder when !Directory.Exists(folder) => $"there is no folder '{folder}'",
        _ => "there is no such file",
    };
}
