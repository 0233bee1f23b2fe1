using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;

namespace Puzzle.Tests.Blockwise;

public sealed class BesideNoOpsTests
{
    [Fact]
    public async Task DistillAsync_TrainBesideNoOps_AddsEveryVariantAndTheParentsOwn()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(2);
        options.TrainBesideNoOps = NoOpPartners.Both;

        BlockwiseDistillationResult result = await options.DistilAsync(BlockwiseCases.Request(parent, library));

        Assert.Equal(
            ["attention gqa-1", "attention gqa-4", "attention linear", "ffn 16", "ffn 48", "ffn linear"],
            result.Variants.Where(variant => variant.Key is { Layer: 1, Beside: "noop" })
                .Select(variant => variant.Key.ToString()["layer 1 ".Length..^" beside noop".Length])
                .Order(StringComparer.Ordinal));
        Assert.Equal(3 * (8 + 6), result.Variants.Count);
        BlockVariant[] blocks = [.. BlockComposition.Compose(BlockwiseCases.Space(parent), result.Variants).SelectMany(layer => layer)];
        Assert.Equal(3 * 16, blocks.Select(block => block.Id).Distinct().Count());
        Assert.All(
            blocks.Where(block => block.Config is { Attention: NoOpAttentionConfig, Ffn: not NoOpFfnConfig }),
            block => Assert.Equal("noop", block.Ffn.Key.Beside));
    }

    [Fact]
    public async Task DistillAsync_SpaceWithoutOneNoOp_AddsNothingBesideIt()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(1);
        options.TrainBesideNoOps = NoOpPartners.Both;

        await options.DistilAsync(BlockwiseCases.Request(
            parent, library, SearchSpace.Uniform(parent.Config.Architecture, [new NoOpAttentionConfig()], [new GatedFfnConfig(16)])));

        Assert.Equal(
            ["16", "48"],
            library.Added.Where(key => key is { Layer: 0, Beside: "noop" }).Select(key => key.Config).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(library.Added, key => key is { Kind: SubblockKind.Attention, Beside: "noop" });
    }

    [Fact]
    public async Task DistillAsync_ParentWithNoOps_TrainsNothingBesideItsOwn()
    {
        using CausalLanguageModel parent = TinyModel.Loud(TinyModel.Mixed());
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(1);
        options.TrainBesideNoOps = NoOpPartners.Both;

        await options.DistilAsync(BlockwiseCases.Request(parent, library, SearchSpace.Create(parent.Config, [25], 4, withLinear: false)));

        // Layer 4 has no attention and layer 2 no FFN: their variants are trained beside those no-ops anyway.
        Assert.DoesNotContain(
            library.Added,
            key => key is { Layer: 4, Kind: SubblockKind.Ffn, Beside: not null }
                or { Layer: 2, Kind: SubblockKind.Attention, Beside: not null });
        Assert.Contains(library.Added, key => key is { Layer: 0, Kind: SubblockKind.Ffn, Beside: "noop" });
    }

    [Fact]
    public async Task DistillAsync_NoOpAttention_IsMadeUpForByTheFfn()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary trained = new(), untrained = new();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(60, learningRate: 3e-3);
        BlockwiseDistillationOptions still = BlockwiseCases.Options(60, learningRate: 1e-9);
        (options.TrainBesideNoOps, still.TrainBesideNoOps) = (NoOpPartners.Both, NoOpPartners.Both);
        SearchSpace space = SearchSpace.Uniform(parent.Config.Architecture, [new NoOpAttentionConfig()], [new GatedFfnConfig(16)]);
        BlockwiseDistillationRequest request = BlockwiseCases.Request(parent, trained, space) with { Data = TinyModel.Windows(124) };

        BlockwiseDistillationResult result = await options.DistilAsync(request);
        BlockwiseDistillationResult start = await still.DistilAsync(request with { Library = untrained });

        foreach ((SubblockVariant after, SubblockVariant before)
            in result.Variants.Zip(start.Variants).Where(pair => pair.First.Key.Beside == "noop"))
            Assert.True(
                trained.HeldOutLoss(after) < 0.95 * untrained.HeldOutLoss(before),
                $"{after.Key}: {untrained.HeldOutLoss(before)} became {trained.HeldOutLoss(after)}");
    }

    [Fact]
    public async Task DistillAsync_ByDefault_TrainsFfnsBesideNoAttentionOnly()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(1);
        options.TrainBesideNoOps = new BlockwiseDistillationOptions().TrainBesideNoOps;

        await options.DistilAsync(BlockwiseCases.Request(parent, library));

        Assert.Equal(
            ["16", "48", "linear"],
            library.Added.Where(key => key is { Layer: 2, Beside: "noop" }).Select(key => key.Config).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task DistillAsync_NoSteps_AddsNothingBesideNoOps()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(0);
        options.TrainBesideNoOps = NoOpPartners.Both;
        options.Initialization = Initialization.Paper;

        await options.DistilAsync(BlockwiseCases.Request(parent, library));

        Assert.All(library.Added, key => Assert.Null(key.Beside));
    }
}
