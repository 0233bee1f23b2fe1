using System.Text.Json;
using Puzzle.Text;

namespace Puzzle.CustomScorer;

/// <summary>A question with choices, one of them right, as tokens.</summary>
/// <param name="Prompt">The question.</param>
/// <param name="Choices">Its choices.</param>
/// <param name="Answer">The index of the right one.</param>
public sealed record Question(int[] Prompt, IReadOnlyList<int[]> Choices, int Answer)
{
    /// <summary>Reads a file of one JSON object a line: <c>{"question": "...", "choices": ["...", "..."], "answer": 0}</c>.</summary>
    public static IReadOnlyList<Question> Read(string file, Tokenizer tokenizer) => [.. File.ReadLines(file)
        .Where(line => !string.IsNullOrWhiteSpace(line))
        .Select(line =>
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            return new Question(
                tokenizer.Encode(root.GetProperty("question").GetString()!),
                [.. root.GetProperty("choices").EnumerateArray().Select(choice => tokenizer.Encode(" " + choice.GetString()))],
                root.GetProperty("answer").GetInt32());
        })];
}
