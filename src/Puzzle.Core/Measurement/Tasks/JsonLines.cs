using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Measurement.Tasks;

/// <summary>Reads texts that hold one JSON object per line.</summary>
internal static class JsonLines
{
    private const char ByteOrderMark = '\uFEFF';

    /// <summary>Makes one thing of each line that is not blank.</summary>
    /// <param name="text">The lines.</param>
    /// <param name="file">Where they are from, for messages.</param>
    /// <param name="make">Receives the line's object.</param>
    /// <exception cref="CheckpointFormatException">A line is not JSON, or there is none.</exception>
    public static List<T> Read<T>(string text, string file, Func<JsonSection, T> make)
    {
        var made = new List<T>();
        int number = 0;
        // Line feeds alone end lines (JSON Lines): other separators of Unicode may stand inside a string.
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = text.AsSpan(range).TrimStart(ByteOrderMark).TrimEnd('\r');
            number++;
            if (line.IsWhiteSpace())
                continue;
            using JsonDocument document = JsonReader.Parse(line.ToString(), $"{file}, line {number}");
            made.Add(make(new JsonSection(document.RootElement, file, $"line {number}")));
        }
        return made.Count > 0 ? made : throw new CheckpointFormatException(file, "the file holds no question");
    }
}
