namespace Puzzle.Library;

/// <summary>Keeps a library folder to one process, and within it to one library object.</summary>
internal static class LibraryLock
{
    private const string FileName = "library.lock";

    /// <summary>Takes the lock; it is held until the stream is disposed or the process ends.</summary>
    /// <exception cref="IOException">Another holds it, or the folder cannot be written.</exception>
    public static FileStream Take(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"{path}: the block library is open in another place, or its folder cannot be written: {exception.Message}", exception);
        }
    }
}
