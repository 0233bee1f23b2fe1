using System.IO.Compression;
using System.Text;
using Puzzle.Foundation;

namespace Puzzle.Measurement.Tasks;

/// <summary>Reads BLiMP: pairs of sentences, of which one is grammatical.</summary>
public static class BlimpReader
{
    private const string Extension = ".jsonl";
    private const int MaxEntryBytes = 64 << 20;

    /// <summary>Reads pairs; a paradigm is a category, and the grammatical sentence is choice 0.</summary>
    /// <param name="path">A paradigm's jsonl file, a folder of them, or the published zip file.</param>
    /// <exception cref="CheckpointFormatException">A file is missing or malformed.</exception>
    public static IReadOnlyList<TaskQuestion> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var questions = new List<TaskQuestion>();
        foreach ((string file, string text) in Files(path).OrderBy(file => file.Name, StringComparer.Ordinal))
            questions.AddRange(JsonLines.Read(text, file, Pair));
        return questions.Count > 0 ? questions : throw new CheckpointFormatException(path, $"there is no {Extension} file in it");
    }

    private static TaskQuestion Pair(JsonSection line) =>
        new("", [line["sentence_good"].AsString(), line["sentence_bad"].AsString()], 0, line["UID"].AsString());

    private static IEnumerable<(string Name, string Text)> Files(string path)
    {
        if (Directory.Exists(path))
            return Directory.EnumerateFiles(path, "*" + Extension).Select(file => (file, TextFile.ReadAllText(file)));
        return path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? Entries(path) : [(path, TextFile.ReadAllText(path))];
    }

    private static List<(string Name, string Text)> Entries(string path)
    {
        using var stream = new MemoryStream(TextFile.ReadAllBytes(path));
        try
        {
            using var archive = new ZipArchive(stream);
            // The published file also holds what macOS knows of each file, in entries named "._".
            return [.. archive.Entries
                .Where(entry => entry.Name.EndsWith(Extension, StringComparison.Ordinal) && !entry.Name.StartsWith('.'))
                .Select(entry => (entry.FullName, Text(entry)))];
        }
        catch (Exception malformed) when (malformed is InvalidDataException or DecoderFallbackException)
        {
            throw new CheckpointFormatException(path, $"not a zip file of UTF-8 texts: {malformed.Message}", malformed);
        }
    }

    // The length an archive states may be a lie: no more than it is read.
    private static string Text(ZipArchiveEntry entry)
    {
        if (entry.Length > MaxEntryBytes)
            throw new InvalidDataException($"{entry.FullName} has {entry.Length} bytes; at most {MaxEntryBytes} are accepted");
        byte[] bytes = new byte[entry.Length];
        using Stream content = entry.Open();
        content.ReadExactly(bytes);
        return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes);
    }
}
