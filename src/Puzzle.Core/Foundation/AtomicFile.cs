using System.Text;

namespace Puzzle.Foundation;

/// <summary>Replaces a file in one step: after a crash or an exception it holds its old content or its new one, never a part.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a temporary file in the same folder, flushes it to disk and renames it to <paramref name="path"/>.</summary>
    /// <param name="path">The file to create or replace; its folder is created if absent.</param>
    /// <param name="write">Writes the content. If it throws, the temporary file is removed and the old file stays.</param>
    /// <param name="expectedBytes">The length, if known: the space is reserved first, so that a full disk is found out early.</param>
    /// <exception cref="IOException">The disk is full, a quota or the file system's largest file is reached, or it refuses for another reason.</exception>
    public static void Write(string path, Action<FileStream> write, long expectedBytes = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        path = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(path) ?? throw new ArgumentException($"'{path}' names no file.", nameof(path));
        Directory.CreateDirectory(folder);
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                PreallocationSize = expectedBytes,
            }))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (ArgumentOutOfRangeException tooLarge) when (IsFileTooLarge(tooLarge))
        {
            File.Delete(temporary);
            throw new IOException($"{path}: the file could not be written: {tooLarge.Message}", tooLarge);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Says whether an exception is .NET's word for a file that the system does not let grow further.</summary>
    public static bool IsFileTooLarge(Exception exception) =>
        exception is ArgumentOutOfRangeException { ParamName: "value" } && exception.Source == typeof(FileStream).Assembly.GetName().Name;

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="text">The whole content.</param>
    public static void WriteText(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Write(path, stream => stream.Write(bytes), bytes.Length);
    }

    /// <summary>Removes the temporary files that a crash left. Only while nobody writes these files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Whose temporary files; every file's by default.</param>
    public static void DeleteLeftovers(string folder, string name = "*")
    {
        foreach (string leftover in Directory.GetFiles(folder, $".{name}.*.tmp"))
            File.Delete(leftover);
    }
}
