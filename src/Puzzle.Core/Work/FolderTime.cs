using Microsoft.Win32.SafeHandles;
using Puzzle.Foundation;

namespace Puzzle.Work;

/// <summary>The time of the file system that a folder is on. Nodes' clocks differ; the times of files written there do not.</summary>
internal static class FolderTime
{
    /// <summary>Gets the time, by writing a file.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static DateTime Now(string folder)
    {
        string path = Path.Combine(folder, $".{Path.GetRandomFileName()}.now");
        try
        {
            using var probe = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.DeleteOnClose,
            });
            probe.WriteByte(0);
            return File.GetLastWriteTimeUtc(probe.SafeFileHandle);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{folder}: the shared folder could not be written: {refused.Message}", refused);
        }
    }

    /// <summary>Gets when a file was last written; null if it is not there.</summary>
    public static DateTime? OfFile(string path)
    {
        try
        {
            // Opened, so that a network file system asks its server.
            using SafeFileHandle file = RegularFile.OpenHandle(path);
            return File.GetLastWriteTimeUtc(file);
        }
        catch (CheckpointFormatException)
        {
            return null;
        }
    }
}
