using System.Security.Cryptography;

namespace Puzzle.Foundation;

/// <summary>Keeps something to one process, and within it to one holder, by a file that is open as long as it is held.</summary>
internal sealed class FileLock : IDisposable
{
    // No more than the block that a file takes anyway, so that a small limit on files is no obstacle.
    private const int MostLength = 1 << 12;

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
            bool isAt = false;
            try
            {
                isAt = IsAt(path, stream);
            }
            catch (Exception refused)
                when (refused is IOException or UnauthorizedAccessException || AtomicFile.IsFileTooLarge(refused))
            {
                throw new IOException($"{path}: {what} could not be locked: {refused.Message}", refused);
            }
            finally
            {
                if (!isAt)
                    stream.Dispose();
            }
            if (isAt)
                return new FileLock(stream);
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

    // The holder before may have deleted the file after this one opened it, and another may have created it anew: a length of its own
    // tells whether the name still means the file that is open.
    private static bool IsAt(string path, FileStream stream)
    {
        int length = RandomNumberGenerator.GetInt32(1, MostLength);
        stream.SetLength(length);
        var found = new FileInfo(path);
        return found.Exists && found.Length == length;
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
