using System.Text.Json;

namespace Puzzle.Tests;

/// <summary>Golden outputs of a real checkpoint, computed independently in 64-bit floats.</summary>
internal sealed record GoldenCase(string Prompt, int[] Ids, float[] LastLogits, int[] GreedyIds, string GreedyText)
{
    public static IReadOnlyList<GoldenCase> Read(string model)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(SharedData.Require($"{model}/golden.json")));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(item => new GoldenCase(
            item.GetProperty("prompt").GetString()!,
            Ints(item.GetProperty("ids")),
            [.. (item.TryGetProperty("last_position_logits", out JsonElement all) ? all : item.GetProperty("last_position_logits_first64"))
                .EnumerateArray()
                .Select(logit => logit.GetSingle())],
            Ints(item.GetProperty("greedy_ids")),
            item.GetProperty("greedy_text").GetString()!))];
    }

    /// <summary>The checkpoint's Hugging Face folder.</summary>
    public static string Folder(string model) =>
        SharedData.Require(Directory.Exists(Path.Combine(SharedData.Root ?? "", model, "hf")) ? $"{model}/hf" : model);

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];
}
