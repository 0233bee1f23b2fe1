using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;

namespace Puzzle.Tests.Pipeline;

/// <summary>A speed check's recipe names everything that the measured times depend on.</summary>
public sealed class SpeedCheckRecipeTests
{
    public static TheoryData<string> Requests { get; } = [.. OptionChanges.Names<PuzzleRequest>()];

    public static TheoryData<string> Workloads { get; } = [.. OptionChanges.Names<Workload>()];

    [Theory]
    [MemberData(nameof(Requests))]
    public void Of_RequestChanged_IsAnother(string property)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        PuzzleRequest request = Request(parent);
        PuzzleRequest? changed = property switch
        {
            "Parent" => request with { Parent = request.Parent with { Fingerprint = "another" } },
            // Each of its properties: below.
            "Workload" => request with { Workload = new Workload(2, 8, 4) },
            // Times depend on shapes, not on weights, text or what was asked for.
            "TrainingText" or "ScoringText" or "HeldOutText" or "SearchSpace" or "Target" or "WorkDirectory" or "TokenizerFolder" => null,
            _ => throw new NotSupportedException($"Say whether {property} changes the result."),
        };
        if (changed is not null)
            Assert.NotEqual(Recipe(request), Recipe(changed));
    }

    [Theory]
    [MemberData(nameof(Workloads))]
    public void Of_WorkloadChanged_IsAnother(string property)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        PuzzleRequest request = Request(parent);
        Workload work = request.Workload, changed = property switch
        {
            "BatchSize" => work with { BatchSize = 3 },
            "PromptTokens" => work with { PromptTokens = 7 },
            "GeneratedTokens" => work with { GeneratedTokens = 5 },
            "WeightType" => work with { WeightType = ElementType.Int8 },
            "ActivationType" => work with { ActivationType = ElementType.BFloat16 },
            "KeyValueType" => work with { KeyValueType = ElementType.BFloat16 },
            _ => throw new NotSupportedException($"Say whether {property} changes the result."),
        };
        Assert.NotEqual(Recipe(request), Recipe(request with { Workload = changed }));
    }

    [Fact]
    public void Of_ArchitectureOrCostsChanged_IsAnother()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        PuzzleRequest request = Request(parent);
        CostTable costs = Costs(request);
        Recipe[] recipes =
        [
            Recipe(request),
            SpeedCheckRecipe.Of(request, Architecture.Uniform(3, BlockConfig.Parse("gqa-4/noop")), costs),
            SpeedCheckRecipe.Of(request, Child, costs with { Engine = "another" }),
            SpeedCheckRecipe.Of(request, Child, costs with { NonBlock = costs.NonBlock with { PrefillMilliseconds = 2 } }),
            SpeedCheckRecipe.Of(request, Child, costs with { NonBlock = costs.NonBlock with { DecodeMilliseconds = 2 } }),
        ];
        Assert.Equal(recipes.Length, recipes.Distinct().Count());
    }

    private static Architecture Child => Architecture.Uniform(3, BlockConfig.Parse("noop/48"));

    private static Recipe Recipe(PuzzleRequest request) => SpeedCheckRecipe.Of(request, Child, Costs(request));

    private static CostTable Costs(PuzzleRequest request) => MemoryModel.Table(
        new ProfilingRequest(request.Parent.Model.Config, request.SearchSpace.AllAttention, request.SearchSpace.AllFfn, request.Workload));

    private static PuzzleRequest Request(CausalLanguageModel parent) => new()
    {
        Parent = new(parent, "parent"),
        TrainingText = TinyModel.Windows(1),
        ScoringText = TinyModel.Windows(1),
        HeldOutText = TinyModel.Windows(1),
        SearchSpace = SearchSpace.Uniform(parent.Config.Architecture, [new NoOpAttentionConfig()], [new NoOpFfnConfig()]),
        Workload = new Workload(1, 8, 4),
        Target = DeploymentTarget.Speedup(1.4),
        WorkDirectory = "work",
    };
}
