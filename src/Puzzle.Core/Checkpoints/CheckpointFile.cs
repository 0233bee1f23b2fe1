using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints;

/// <summary>Opens files that may be absent or malformed, so that every fault names the file.</summary>
internal static class CheckpointFile
{
    private const int MaxJsonBytes = 100_000_000;

    /// <summary>Opens a file for random reads.</summary>
    /// <exception cref="CheckpointFormatException">There is no such file.</exception>
    public static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, share: FileShare.Read | FileShare.Delete, options: FileOptions.RandomAccess);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CheckpointFormatException(path, "there is no such file", exception);
        }
        catch (UnauthorizedAccessException exception) when (Directory.Exists(path))
        {
            throw new CheckpointFormatException(path, "this is a folder; expected a file", exception);
        }
    }

    /// <summary>Reads a JSON file: UTF-8, no comments, no trailing commas, no member twice.</summary>
    /// <exception cref="CheckpointFormatException">The file is absent, too large or not such JSON.</exception>
    public static JsonDocument ReadJson(string path)
    {
        using SafeFileHandle handle = Open(path);
        long length = RandomAccess.GetLength(handle);
        if (length > MaxJsonBytes)
            throw new CheckpointFormatException(path, $"the file has {length} bytes; at most {MaxJsonBytes} are accepted");
        byte[] json = new byte[length];
        SafetensorsHeader.ReadExactly(handle, json, 0, path);
        return ParseJson(json, path);
    }

    /// <summary>Parses JSON: UTF-8 with or without a byte order mark, no comments, no trailing commas, no member twice.</summary>
    /// <exception cref="CheckpointFormatException">It is not such JSON.</exception>
    public static JsonDocument ParseJson(byte[] json, string path)
    {
        if (!Utf8.IsValid(json))
            throw new CheckpointFormatException(path, "the file is not UTF-8");
        int mark = json.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        try
        {
            return JsonDocument.Parse(json.AsMemory(mark), new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new CheckpointFormatException(path, $"not valid JSON: {exception.Message}", exception);
        }
    }
}
