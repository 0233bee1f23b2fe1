using System.Diagnostics;
using System.Text.Json;
using Puzzle.Tests.Text;

namespace Puzzle.Tests.Checkpoints.Gguf;

/// <summary>Runs GGUF files in llama.cpp, which the folder named by PUZZLE_LLAMA_CPP holds as a Node.js package.</summary>
internal static class LlamaCpp
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Runs all files in one process, or skips the running test where llama.cpp is not installed.</summary>
    public static IReadOnlyList<LlamaCppResult> Run(IReadOnlyList<LlamaCppCase> cases)
    {
        string? folder = Environment.GetEnvironmentVariable("PUZZLE_LLAMA_CPP");
        Assert.SkipWhen(
            string.IsNullOrEmpty(folder), "PUZZLE_LLAMA_CPP does not name a folder where .ci/install-llama-cpp installed llama.cpp");
        using var files = new TemporaryFolder();
        string request = files.Write("request.json", JsonSerializer.Serialize(cases, Json)),
            result = Path.Combine(files.Path, "result.json");
        using Process process = Process.Start(
            new ProcessStartInfo("node", [Path.Combine(folder!, "log-probabilities.mjs"), request, result])
        {
            RedirectStandardError = true,
        })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"llama.cpp ended with {process.ExitCode}: {errors}");
        return JsonSerializer.Deserialize<LlamaCppResult[]>(File.ReadAllText(result), Json)!;
    }
}

/// <summary>What to run.</summary>
/// <param name="File">The GGUF file.</param>
/// <param name="Ids">The tokens to feed.</param>
/// <param name="Texts">Texts to turn into tokens.</param>
internal sealed record LlamaCppCase(string File, int[] Ids, string[] Texts);

/// <summary>What came out.</summary>
/// <param name="LogProbabilities">Over the vocabulary, after each token.</param>
/// <param name="Tokens">Each text's, without those put around it.</param>
internal sealed record LlamaCppResult(float[][] LogProbabilities, int[][] Tokens);
