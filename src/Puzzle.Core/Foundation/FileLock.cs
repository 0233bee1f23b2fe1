using System.Security.Cryptography;

namespace Puzzle.Foundation;

/// <summary>Keeps something to one process, and within it to one holder, by a file that is open as long as it is held.</summary>
internal sealed class FileLock : IDisposable
{
    // Two seconds is the coarsest that a file system keeps times in.
    private static readonly TimeSpan TimeStep = TimeSpan.FromSeconds(2);

    private readonly FileStream _stream;

    private FileLock(FileStream stream) => _stream = stream;

    /// <summary>Takes a lock; it is held until it is disposed or the process ends.</summary>
    /// <param name="path">The lock's file; created in a folder that exists, and deleted when it is given up.</param>
    /// <param name="what">What it guards, for the message.</param>
    /// <exception cref="IOException">Another holds it, or the file cannot be written.</exception>
    public static FileLock Take(string path, string what)
    {
        while (true)
        {
            FileStream stream;
            try
            {
                stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new IOException(
                    $"{what} is in use by another process, or its folder cannot be written: {exception.Message}", exception);
            }
            if (IsAt(path, stream))
                return new FileLock(stream);
            stream.Dispose();
        }
    }

    /// <summary>Deletes the file and gives the lock up.</summary>
    public void Dispose()
    {
        // While it is still held: whoever opened it before it was deleted finds that it is no longer there, and begins again.
        if (!OperatingSystem.IsWindows())
            File.Delete(_stream.Name);
        _stream.Dispose();
        if (OperatingSystem.IsWindows())
            TryDelete(_stream.Name);
    }

    // The holder before may have deleted the file after this one opened it, and another may have created it anew: a time of its own
    // tells whether the name still means the file that is open. It takes no space, so that a full disk is no obstacle.
    private static bool IsAt(string path, FileStream stream)
    {
        DateTime time = DateTime.UnixEpoch + (TimeStep * RandomNumberGenerator.GetInt32(1, int.MaxValue / 4));
        File.SetLastWriteTimeUtc(stream.SafeFileHandle, time);
        var found = new FileInfo(path);
        return found.Exists && found.LastWriteTimeUtc == time;
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
        {
            // Another has taken it already.
        }
    }
}
