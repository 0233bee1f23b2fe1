using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;

namespace Puzzle.Tests.Blockwise;

public sealed class CoupledDistillationTests
{
    private static readonly IReadOnlyList<IReadOnlyList<BlockConfig>> OnePair = [[], [BlockConfig.Parse("gqa-1/16")], []];

    [Fact]
    public async Task DistillAsync_OnePair_StoresTwoHalvesThatNameEachOther()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();

        BlockwiseDistillationResult result = await BlockwiseCases.Options(3)
            .DistilAsync(BlockwiseCases.Request(parent, library) with { Pairs = OnePair });

        SubblockVariant attention = Assert.Single(
            result.Variants, variant => variant.Key == new SubblockKey(1, SubblockKind.Attention, "gqa-1", "16"));
        SubblockVariant ffn = Assert.Single(result.Variants, variant => variant.Key == new SubblockKey(1, SubblockKind.Ffn, "16", "gqa-1"));
        Assert.Equal(attention.Recipe, ffn.Recipe);
        Assert.Equal(library.ReadCurve(attention), library.ReadCurve(ffn));
        Assert.Equal(2, library.Variants.Count);
        Assert.Equal((3, 3), (result.StepsPlanned, result.StepsTaken));
    }

    [Fact]
    public async Task DistillAsync_PairFromDecoupledHalves_IsBetterThanThemAndThanTheTrainingFreeStart()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary library = new(), composed = new();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(40, learningRate: 3e-3);
        BlockwiseDistillationRequest request = BlockwiseCases.Request(parent, library) with
        {
            Data = TinyModel.Windows(84),
            Pairs = OnePair,
        };
        BlockwiseDistillationResult decoupled = await options.DistilAsync(request with { Pairs = null });

        BlockwiseDistillationResult coupled = await options.DistilAsync(request with { Start = decoupled.Variants });
        BlockwiseDistillationResult fromScratch = await options.DistilAsync(request);
        // Next to no learning rate: the loss of the composed halves before they are trained together.
        BlockwiseDistillationResult untrained = await BlockwiseCases.Options(40, learningRate: 1e-9)
            .DistilAsync(request with { Start = decoupled.Variants });

        double Loss(BlockwiseDistillationResult result) =>
            library.HeldOutLoss(result.Variants.Single(variant => variant.Key.Config == "gqa-1" && variant.Key.Beside == "16"));
        Assert.True(Loss(coupled) < 0.98 * Loss(untrained), $"{Loss(untrained)} became {Loss(coupled)}");
        Assert.True(Loss(coupled) < Loss(fromScratch), $"from scratch {Loss(fromScratch)}, from decoupled halves {Loss(coupled)}");
        Assert.Equal(3, new[] { coupled, fromScratch, untrained }.Select(
            result => result.Variants.Single(variant => variant.Key.Config == "gqa-1").Recipe).Distinct().Count());
    }

    [Fact]
    public async Task DistillAsync_SecondStage_MakesEveryPairOfTheReducedSpaceAndComposesIt()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(2);
        BlockwiseDistillationRequest request = BlockwiseCases.Request(parent, library);
        BlockwiseDistillationResult decoupled = await options.DistilAsync(request);
        SearchSpace reduced = request.SearchSpace.Reduce(
            [new Architecture(new[] { "noop/16", "gqa-1/48", "gqa-4/48" }.Select(BlockConfig.Parse))]);

        BlockwiseDistillationResult coupled = await options.DistilAsync(request.Coupled(reduced, decoupled.Variants));

        foreach (IEnumerable<SubblockVariant> variants in new[] { coupled.Variants, [.. decoupled.Variants, .. coupled.Variants] })
        {
            IReadOnlyList<IReadOnlyList<BlockVariant>> blocks = BlockComposition.Compose(reduced, variants);
            Assert.All(blocks, layer =>
            {
                Assert.Equal(
                    ["gqa-4/48", "gqa-4/16", "gqa-1/48", "gqa-1/16", "noop/48", "noop/16"], layer.Select(block => block.Config.Name));
                Assert.True(layer[0].IsParent);
                Assert.All(layer.Skip(1), block => Assert.Equal(block.Attention.Key.Config, block.Ffn.Key.Beside));
                Assert.All(layer.Skip(1).Take(3), block => Assert.Equal(block.Ffn.Key.Config, block.Attention.Key.Beside));
            });
            Assert.Equal(3 * 6, blocks.SelectMany(layer => layer).Select(block => block.Id).Distinct().Count());
        }
        Assert.Equal(16, BlockComposition.Compose(request.SearchSpace, [.. decoupled.Variants, .. coupled.Variants])[0].Count);
    }

    [Fact]
    public async Task DistillAsync_OneHalfLost_MakesBothAgain()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        BlockwiseDistillationOptions options = BlockwiseCases.Options(3);
        BlockwiseDistillationResult first;
        using (DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder.Path, "parent"))
            first = await options.DistilAsync(BlockwiseCases.Request(parent, library) with { Pairs = OnePair });
        File.Delete(Assert.Single(Directory.GetFiles(folder["variants"], "*-attention-*")));

        using DirectoryBlockLibrary again = DirectoryBlockLibrary.Open(folder.Path, "parent");
        BlockwiseDistillationResult second = await options.DistilAsync(BlockwiseCases.Request(parent, again) with { Pairs = OnePair });

        Assert.Equal(first.Variants, second.Variants);
    }

    [Fact]
    public async Task DistillAsync_WrongPairsOrStart_Throws()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        var distiller = new BlockwiseDistiller(BlockwiseCases.Options(1));
        BlockwiseDistillationRequest request = BlockwiseCases.Request(parent, library) with { Pairs = OnePair };
        var variant = new SubblockVariant(new SubblockKey(1, SubblockKind.Ffn, "16"), "one", "digest");

        await Assert.ThrowsAsync<ArgumentException>(() => distiller.DistillAsync(request with { Pairs = [[]] }));
        await Assert.ThrowsAsync<ArgumentException>(
            () => distiller.DistillAsync(request with { Start = [variant, variant with { Recipe = "another" }] }));
        await Assert.ThrowsAsync<ArgumentException>(
            () => distiller.DistillAsync(request with { Pairs = [[BlockConfig.Parse("gqa-3/16")], [], []] }));
        Assert.Empty(library.Added);
    }
}
