using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search.Profiling;

namespace Puzzle.Tests.Profiling;

/// <summary>A measured time's recipe names everything that it depends on: whatever can be set changes it.</summary>
public sealed class TorchRecipeTests
{
    private static readonly ModelConfig Model = TinyModel.Config(layers: 5);
    private static readonly Workload Work = new(BatchSize: 2, PromptTokens: 6, GeneratedTokens: 4);

    public static TheoryData<string> InRecipe { get; } = OptionChanges.InRecipe<ProfilingOptions>();

    public static TheoryData<string> Workloads { get; } = [.. OptionChanges.Names<Workload>()];

    [Theory]
    [MemberData(nameof(InRecipe))]
    public void RecipeOf_OptionChanged_IsAnother(string option)
    {
        ProfilingOptions changed = OptionChanges.Changed(Options(), option);

        Assert.Contains(
            Recipe(changed, Work, Model).Explain(Recipe(Options(), Work, Model)),
            line => line.StartsWith(option + " is ", StringComparison.Ordinal));
    }

    [Fact]
    public void RecipeOf_CachePathOrIndexOfDevicesOfOneNameChanged_IsTheSame()
    {
        Assert.Equal(
            [nameof(ProfilingOptions.CachePath), nameof(ProfilingOptions.DeviceIndex)],
            OptionChanges.NotInRecipe<ProfilingOptions>().Select(row => row.Data).Order());
        ProfilingOptions changed = Options();
        (changed.CachePath, changed.DeviceIndex) = ("elsewhere", 1);
        Assert.Equal(Recipe(Options(), Work, Model), Recipe(changed, Work, Model));
    }

    [Theory]
    [MemberData(nameof(Workloads))]
    public void RecipeOf_WorkloadChanged_IsAnother(string property)
    {
        Workload? changed = property switch
        {
            "BatchSize" => Work with { BatchSize = 3 },
            "PromptTokens" => Work with { PromptTokens = 7 },
            "GeneratedTokens" => Work with { GeneratedTokens = 5 },
            "ActivationType" => Work with { ActivationType = ElementType.BFloat16 },
            // Memory follows them; torch computes in the activations' type.
            "WeightType" or "KeyValueType" => null,
            _ => throw new NotSupportedException($"Say whether {property} changes the result."),
        };
        if (changed is not null)
            Assert.NotEqual(Recipe(Options(), Work, Model), Recipe(Options(), changed, Model));
    }

    [Fact]
    public void RecipeOf_ModelOrPartChanged_IsAnother()
    {
        Recipe[] recipes =
        [
            Recipe(Options(), Work, Model),
            Recipe(Options(), Work, Model, key: 2),
            Recipe(Options(), Work, Model with { HiddenSize = 64 }),
            Recipe(Options(), Work, Model with { AttentionHeads = 8 }),
            Recipe(Options(), Work, Model with { HeadSize = 16 }),
            Recipe(Options(), Work, TinyModel.Config(layers: 6)),
        ];
        Assert.Equal(recipes.Length, recipes.Distinct().Count());
    }

    [Fact]
    public void Ffn_ExpertsUsedOtherwise_IsTimedOtherwise()
    {
        var own = new MixtureFfnConfig(6, 2, 8);
        ModelConfig model = Model with
        {
            Architecture = Architecture.Uniform(2, new BlockConfig(new GroupedQueryAttentionConfig(4), own)),
            Ffn = new FfnFeatures { RouterBias = true },
        };
        using CausalLanguageModel parent = TinyModel.Loud(model);
        using (TorchSharp.torch.no_grad())
        {
            foreach (TransformerBlock block in parent.Blocks)
                block.Ffn.Weights[WeightNames.RouterBias][0].fill_(1e6f);
        }
        ExpertUsage usage = ExpertUsage.Measure(parent, [own], TinyModel.Windows(2));
        Workload work = Work with { BatchSize = 4 };

        ProfiledPart even = ProfiledPart.Ffn(model, own, work, null), uneven = ProfiledPart.Ffn(model, own, work, usage);

        Assert.NotEqual(even.Shape, uneven.Shape);
        Assert.Equal(new RoutedTokens(24, 4), RoutedTokens.Of(own, work, null));
        Assert.InRange(RoutedTokens.Of(own, work, usage).Step, 1, 3);
        var dense = new GatedFfnConfig(8);
        Assert.Equal(ProfiledPart.Ffn(model, dense, work, null).Shape, ProfiledPart.Ffn(model, dense, work, usage).Shape);
    }

    private static ProfilingOptions Options() => new() { CacheBytes = 1 << 20, Threads = 1 };

    private static Recipe Recipe(ProfilingOptions options, Workload workload, ModelConfig model, int key = 4)
    {
        var config = new GroupedQueryAttentionConfig(key);
        return TorchThroughputProfiler.RecipeOf(
            new ProfilingRequest(model, [config], [], workload), ProfiledPart.Attention(model, config), options, options.Threads ?? 1);
    }
}
