using System.Text.Json;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Interchange;

namespace Puzzle.Tests.Solving;

/// <summary>The published library of Llama-3.3-70B and its golden answers, where the shared data is present.</summary>
internal static class DemoLibrary
{
    public static readonly CostName Memory = new("memory_mib");
    public static readonly CostName Runtime = new("runtime_ms");

    private static SearchProblem? problem;

    public static SearchProblem Problem =>
        problem ??= BlockLibraryFile.Read(SharedData.Require("nvidia-block-library/block_library.json")).ToProblem("kl_div");

    public static IReadOnlyList<Golden> Goldens()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(SharedData.Require("nvidia-block-library/golden_mip.json")));
        return [.. json.RootElement.GetProperty("problems").EnumerateArray().Select(golden => new Golden(
            golden.GetProperty("name").GetString()!,
            [.. golden.GetProperty("constraints").EnumerateObject()
                .Select(limit => new ResourceConstraint(new CostName(limit.Name["stats.".Length..]), limit.Value.GetDouble()))],
            golden.TryGetProperty("minimal_diversity_layers_vs_all_previous", out JsonElement distance) ? distance.GetInt32() : 0,
            golden.GetProperty("sum_kl_div").GetDouble(),
            [.. golden.GetProperty("chosen_variant_index_per_layer").EnumerateArray().Select(index => index.GetInt32())]))];
    }

    public sealed record Golden(string Name, IReadOnlyList<ResourceConstraint> Constraints, int Distance, double Objective, int[] Choice);
}
