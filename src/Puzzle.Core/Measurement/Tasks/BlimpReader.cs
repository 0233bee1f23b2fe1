using Puzzle.Foundation;

namespace Puzzle.Measurement.Tasks;

/// <summary>Reads BLiMP: pairs of sentences, of which one is grammatical.</summary>
public static class BlimpReader
{
    private const string Extension = ".jsonl";

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
        return path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)
            ? BlimpArchive.Read(path, Extension)
            : [(path, TextFile.ReadAllText(path))];
    }
}
