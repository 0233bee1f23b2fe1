using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Tests.Training;

namespace Puzzle.Tests.Blockwise;

/// <summary>A recipe names everything that a unit depends on: whatever can be set changes it, or cannot change a bit.</summary>
public sealed class BlockwiseRecipeTests
{
    public static TheoryData<string> InRecipe { get; } = OptionChanges.InRecipe<BlockwiseDistillationOptions>();

    public static TheoryData<string> NotInRecipe { get; } = OptionChanges.NotInRecipe<BlockwiseDistillationOptions>();

    [Theory]
    [MemberData(nameof(InRecipe))]
    public async Task DistillAsync_OptionChanged_MakesAnotherUnit(string option)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        SubblockVariant before = await OneAsync(Options(), Request(parent, library));

        SubblockVariant after = await OneAsync(OptionChanges.Changed(Options(), option), Request(parent, library));

        Assert.NotEqual(before.Recipe, after.Recipe);
        Assert.Contains(
            library.FindRecipe(after.Recipe)!.Explain(library.FindRecipe(before.Recipe)!),
            line => line.StartsWith(option + " is ", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(NotInRecipe))]
    public async Task DistillAsync_OptionOutsideTheRecipe_ChangesNoBit(string option)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), other = new();
        SearchSpace space = BlockwiseCases.Space(parent);

        BlockwiseDistillationResult before = await Options().DistilAsync(Request(parent, library, space));
        BlockwiseDistillationResult after = await OptionChanges.Changed(Options(), option).DistilAsync(Request(parent, other, space));

        var known = before.Variants.ToDictionary(variant => (variant.Key, variant.Recipe));
        SubblockVariant[] common = [.. after.Variants.Where(variant => known.ContainsKey((variant.Key, variant.Recipe)))];
        Assert.True(common.Length >= Math.Min(before.Variants.Count, after.Variants.Count));
        Assert.All(common, variant =>
        {
            Assert.Equal(known[(variant.Key, variant.Recipe)], variant);
            Assert.True(variant.IsParent || library.ReadCurve(variant).SequenceEqual(other.ReadCurve(variant)));
        });
    }

    [Fact]
    public async Task DistillAsync_StartOrPartnerChanged_MakesAnotherUnit()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationRequest request = Request(parent, library, BlockwiseCases.Space(parent)) with { Layers = 0..1 };
        IReadOnlyList<SubblockVariant> start = (await Options().DistilAsync(request)).Variants;
        BlockConfig pair = BlockConfig.Parse("gqa-1/16"), other = BlockConfig.Parse("gqa-1/linear");
        BlockwiseDistillationRequest pairs = request with { Pairs = [[pair, other], [], []] };

        SubblockVariant[] fresh = [.. (await Options().DistilAsync(pairs)).Variants.Where(variant => variant.Key.Config == "gqa-1")];
        SubblockVariant[] started = [.. (
            await Options().DistilAsync(pairs with { Start = start })).Variants.Where(variant => variant.Key.Config == "gqa-1")];

        Assert.Equal(4, fresh.Concat(started).Select(variant => variant.Recipe).Distinct().Count());
    }

    [Fact]
    public async Task DistillAsync_LibraryOfAnotherRecipe_SaysWhichInputDiffers()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        var told = new List<string?>();
        await OneAsync(Options(), Request(parent, library));
        BlockwiseDistillationOptions changed = Options();
        changed.Steps = 3;

        await new BlockwiseDistiller(changed)
            .DistillAsync(Request(parent, library), new ImmediateProgress(update => told.Add(update.Anew)));

        Assert.Equal(["layer 0 ffn 16: Steps is 3, was 2", null], told);
    }

    private static BlockwiseDistillationOptions Options() => new()
    {
        Steps = 2,
        BatchSize = 2,
        CalibrationWindows = 4,
        HeldOutWindows = 4,
        StopWhenFlat = true,
        NestedWidths = true,
        CheckEvery = 1,
        WeightDecay = 0.1,
        ActivationType = ElementType.Float32,
        Workers = 2,
    };

    private static BlockwiseDistillationRequest Request(CausalLanguageModel parent, IBlockLibrary library, SearchSpace? space = null) =>
        BlockwiseCases.Request(parent, library, space ?? SearchSpace.Uniform(
            parent.Config.Architecture, [], [new GatedFfnConfig(16)])) with { Layers = space is null ? 0..1 : Range.All };

    private static async Task<SubblockVariant> OneAsync(BlockwiseDistillationOptions options, BlockwiseDistillationRequest request) =>
        (await options.DistilAsync(request)).Variants.Single(variant => variant.Key.Config == "16");
}
