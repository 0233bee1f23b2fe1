using System.CommandLine;
using Puzzle.Serving;

namespace Puzzle.ConsoleApp;

/// <summary>The programs that a child may be made for.</summary>
internal static class ServerChoices
{
    private static readonly Dictionary<string, ServingEngine> Names = new(StringComparer.Ordinal)
    {
        ["llama.cpp"] = ServingEngine.LlamaCpp,
        ["vllm"] = ServingEngine.Vllm,
        ["onnx"] = ServingEngine.OnnxRuntime,
        ["transformers"] = ServingEngine.Transformers,
    };

    public static Option<string?> Servers()
    {
        var option = new Option<string?>("--for")
        {
            Description = "Search only children that this program loads: llama.cpp, vllm, onnx or transformers.",
        };
        option.AcceptOnlyFromAmong([.. Names.Keys]);
        return option;
    }

    public static ServingEngine? ServerOf(string? name) => name is null ? null : Names[name];

    public static string NameOf(ServingEngine engine) => Names.Single(entry => entry.Value == engine).Key;
}
