using Puzzle.Architectures;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Profiling;
using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Tests.Profiling;

/// <summary>A measured time's recipe names everything that it depends on: whatever can be set changes it.</summary>
public sealed class OnnxRecipeTests
{
    private static readonly ModelConfig Model = ClearModel.Config("gqa-4/48 gqa-4/48");
    private static readonly Workload Work = new(BatchSize: 2, PromptTokens: 6, GeneratedTokens: 4);
    private static readonly Dictionary<string, object> Others = new() { [nameof(OnnxProfilingOptions.BlockSize)] = 64, [
        nameof(OnnxProfilingOptions.AccuracyLevel)] = 1 };

    public static TheoryData<string> InRecipe { get; } = OptionChanges.InRecipe<OnnxProfilingOptions>();

    [Theory]
    [MemberData(nameof(InRecipe))]
    public void RecipeOf_OptionChanged_IsAnother(string option)
    {
        OnnxProfilingOptions changed = OptionChanges.Changed(Options(), option, Others);

        Assert.Contains(
            Recipe(changed, Work).Explain(Recipe(Options(), Work)), line => line.StartsWith(option + " is ", StringComparison.Ordinal));
    }

    [Fact]
    public void RecipeOf_CachePathChanged_IsTheSame()
    {
        Assert.Equal([nameof(OnnxProfilingOptions.CachePath)], OptionChanges.NotInRecipe<OnnxProfilingOptions>().Select(row => row.Data));
        OnnxProfilingOptions changed = Options();
        changed.CachePath = "elsewhere";
        Assert.Equal(Recipe(Options(), Work), Recipe(changed, Work));
    }

    [Fact]
    public void RecipeOf_WorkloadOrPrecisionChanged_IsAnother()
    {
        Recipe[] recipes =
        [
            Recipe(Options(), Work),
            Recipe(Options(), Work with { BatchSize = 3 }),
            Recipe(Options(), Work with { PromptTokens = 7 }),
            Recipe(Options(), Work with { GeneratedTokens = 5 }),
            Recipe(Options(), Work, OnnxPrecision.Int4),
            Recipe(Options(), Work, OnnxPrecision.Float32),
        ];
        Assert.Equal(recipes.Length, recipes.Distinct().Count());
    }

    private static OnnxProfilingOptions Options() => new() { CacheBytes = 1 << 20, Threads = 1 };

    private static Recipe Recipe(OnnxProfilingOptions options, Workload workload, OnnxPrecision precision = OnnxPrecision.Int8)
    {
        var config = new GroupedQueryAttentionConfig(4);
        var export = new OnnxExportOptions { Precision = precision, BlockSize = options.BlockSize };
        return OnnxThroughputProfiler.RecipeOf(
            new ProfilingRequest(Model, [config], [], workload), StackPart.Of(Model, config, export), options, export);
    }
}
