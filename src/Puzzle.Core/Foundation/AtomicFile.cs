using System.Text;

namespace Puzzle.Foundation;

/// <summary>
/// Replaces a file in one step: after a crash or an exception it holds its old content or its new one, never a part. What a killed
/// write of the same file left is removed by the next one.
/// </summary>
public static class AtomicFile
{
    // What Path.GetRandomFileName gives: eight characters, a dot and three.
    private const int RandomLength = 12;
    private const string Extension = ".tmp";
    private const int MostAttempts = 3;

    /// <summary>Writes a temporary file in the same folder, flushes it to disk and renames it to <paramref name="path"/>.</summary>
    /// <param name="path">The file to create or replace; its folder is created if absent.</param>
    /// <param name="write">Writes the content. If it throws, the temporary file is removed and the old file stays.</param>
    /// <param name="expectedBytes">The length, if known: the space is reserved first, so that a full disk is found out early.</param>
    /// <exception cref="IOException">The disk is full, a quota or the file system's largest file is reached, or it refuses for another
    /// reason.</exception>
    public static void Write(string path, Action<FileStream> write, long expectedBytes = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        path = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(path) ?? throw new ArgumentException($"'{path}' names no file.", nameof(path));
        Directory.CreateDirectory(folder);
        DeleteLeftovers(folder, Path.GetFileName(path));
        FileStream stream = Create(path, expectedBytes);
        try
        {
            write(stream);
            if (expectedBytes > 0)
                stream.SetLength(stream.Position);
            stream.Flush(flushToDisk: true);
            // Still open, and so still locked: nobody takes it for a leftover.
            File.Move(stream.Name, path, overwrite: true);
        }
        catch (ArgumentOutOfRangeException tooLarge) when (IsFileTooLarge(tooLarge))
        {
            Discard(stream);
            throw new IOException($"{path}: the file could not be written: {tooLarge.Message}", tooLarge);
        }
        catch
        {
            Discard(stream);
            throw;
        }
        stream.Dispose();
    }

    /// <summary>Says whether an exception is .NET's word for a file that the system does not let grow further.</summary>
    internal static bool IsFileTooLarge(Exception exception) =>
        exception is ArgumentOutOfRangeException { ParamName: "value" } && exception.Source == typeof(FileStream).Assembly.GetName().Name;

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="text">The whole content.</param>
    /// <exception cref="IOException">As for <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        WriteBytes(path, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Writes bytes.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="content">The whole content.</param>
    /// <exception cref="IOException">As for <see cref="Write"/>.</exception>
    public static void WriteBytes(string path, byte[] content)
    {
        ArgumentNullException.ThrowIfNull(content);
        Write(path, stream => stream.Write(content), content.Length);
    }

    /// <summary>Removes the temporary files that killed processes left; those that are being written stay.</summary>
    /// <param name="folder">The folder; need not exist.</param>
    /// <param name="name">Whose temporary files; every file's by default.</param>
    internal static void DeleteLeftovers(string folder, string name = "*")
    {
        if (!Directory.Exists(folder))
            return;
        foreach (string leftover in Directory.GetFiles(folder, $".{name}.*{Extension}"))
        {
            if (name == "*" || Path.GetFileName(leftover).Length == name.Length + RandomLength + Extension.Length + 2)
                TryDelete(leftover);
        }
    }

    // Between its creation and its locking another may take it for a leftover: then it is created again.
    private static FileStream Create(string path, long expectedBytes)
    {
        for (int attempt = 1; ; attempt++)
        {
            string temporary = Path.Combine(
                Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}{Extension}");
            try
            {
                var stream = new FileStream(temporary, new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    // To be renamed while it is open. Under Unix it makes a shared lock, which keeps others from an exclusive one.
                    Share = FileShare.Delete,
                    PreallocationSize = expectedBytes,
                });
                if (File.Exists(temporary))
                    return stream;
                stream.Dispose();
            }
            catch (IOException) when (attempt < MostAttempts)
            {
                File.Delete(temporary);
            }
        }
    }

    private static void Discard(FileStream stream)
    {
        File.Delete(stream.Name);
        try
        {
            stream.Dispose();
        }
        catch (Exception again) when (again is IOException or UnauthorizedAccessException || IsFileTooLarge(again))
        {
            // What could not be written before cannot be written now.
        }
    }

    private static void TryDelete(string leftover)
    {
        try
        {
            using var stream = new FileStream(
                leftover, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
        {
            // Somebody is writing it, or has removed it.
        }
    }
}
