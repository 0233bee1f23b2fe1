using Puzzle.Foundation;

namespace Puzzle.Measurement.Tasks;

/// <summary>Reads LAMBADA: passages whose last word can only be guessed from the whole.</summary>
public static class LambadaReader
{
    private const string Category = "lambada";

    /// <summary>Reads a jsonl file of passages; the last word of each is the single choice.</summary>
    /// <param name="file">One object with a member <c>text</c> per line.</param>
    /// <exception cref="CheckpointFormatException">The file is missing or malformed, or a passage has a single word.</exception>
    public static IReadOnlyList<TaskQuestion> Read(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        return JsonLines.Read(TextFile.ReadAllText(file), file, line =>
        {
            string text = line["text"].AsString().TrimEnd();
            int space = text.LastIndexOf(' ');
            return space > 0
                ? new TaskQuestion(text[..space], [text[space..]], 0, Category)
                : throw line.Error("a passage needs at least two words");
        });
    }
}
