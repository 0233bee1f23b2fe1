using System.Text.Json;
using Puzzle.Foundation;
using Puzzle.Text;

namespace Puzzle.CustomScorer;

/// <summary>A question with choices, one of them right, as tokens.</summary>
/// <param name="Prompt">The question.</param>
/// <param name="Choices">Its choices.</param>
/// <param name="Answer">The index of the right one.</param>
public sealed record Question(int[] Prompt, IReadOnlyList<int[]> Choices, int Answer)
{
    /// <summary>Reads a file of one JSON object a line: <c>{"question": "...", "choices": ["...", "..."], "answer": 0}</c>.</summary>
    /// <exception cref="CheckpointFormatException">The file is missing, or a line is no such object.</exception>
    public static IReadOnlyList<Question> Read(string file, Tokenizer tokenizer) =>
        [.. TextFile.ReadLines(file).Select(line => Parse(line.Text, $"{file}, line {line.Number}", tokenizer))];

    private static Question Parse(string line, string place, Tokenizer tokenizer)
    {
        using JsonDocument json = JsonReader.Parse(line, place);
        try
        {
            var question = new Question(
                tokenizer.Encode(json.RootElement.GetProperty("question").GetString() ?? ""),
                [.. json.RootElement.GetProperty("choices").EnumerateArray().Select(choice => tokenizer.Encode(" " + choice.GetString()))],
                json.RootElement.GetProperty("answer").GetInt32());
            return question.Prompt.Length > 0 && question.Answer >= 0 && question.Answer < question.Choices.Count
                ? question
                : throw new CheckpointFormatException(place, "the question is empty, or its answer is none of its choices");
        }
        catch (Exception other) when (other is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new CheckpointFormatException(place, "expected an object with question, choices and answer", other);
        }
    }
}
