using CsCheck;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;

namespace Puzzle.Tests.Blockwise;

public sealed class UnitIndependenceTests
{
    private static readonly string[] Attention = ["gqa-2", "gqa-1", "linear", "noop"];
    private static readonly string[] Ffn = ["32", "16", "linear", "noop"];

    /// <summary>Subsets of the alternatives in any order, some layers, some number of workers: each unit comes out as in one whole
    /// run.</summary>
    [Fact]
    public async Task DistillAsync_AnySubsetOrderLayersAndWorkers_GivesEachUnitTheSameBits()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var whole = new MemoryBlockLibrary();
        await DistilAsync(parent, whole, Attention, Ffn, Range.All, workers: 2);
        var expected = whole.Variants.ToDictionary(variant => (variant.Key, variant.Recipe),
            variant => (variant.WeightsDigest, Curve: string.Join(' ', whole.ReadCurve(variant))));
        Assert.Equal(3 * (8 + 2 * 4), expected.Count);

        var cases = Gen.Select(Gen.Shuffle(Attention, 0, 4), Gen.Shuffle(Ffn, 0, 4), Gen.Int[0, 2], Gen.Int[1, 3], Gen.Int[1, 3]);
        await cases.SampleAsync(async sample =>
        {
            (string[] attention, string[] ffn, int first, int count, int workers) = sample;
            using var part = new MemoryBlockLibrary();
            await DistilAsync(parent, part, attention, ffn, first..Math.Min(3, first + count), workers);
            Assert.All(part.Variants, variant => Assert.InRange(variant.Key.Layer, first, first + count - 1));
            return part.Variants.All(
                variant => expected[(variant.Key, variant.Recipe)] == (variant.WeightsDigest, string.Join(' ', part.ReadCurve(variant))));
        }, iter: 12, threads: 1);
    }

    [Fact]
    public async Task CopyFrom_LayersCraftedApart_AreTheLibraryCraftedInOne()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        using DirectoryBlockLibrary whole = DirectoryBlockLibrary.Open(folder["whole"], "parent"),
            front = DirectoryBlockLibrary.Open(folder["front"], "parent"), back = DirectoryBlockLibrary.Open(folder["back"], "parent");
        BlockwiseDistillationOptions options = BlockwiseCases.Options(3);
        BlockwiseDistillationResult expected = await options.DistilAsync(BlockwiseCases.Request(parent, whole));

        await options.DistilAsync(BlockwiseCases.Request(parent, front) with { Layers = ..1 });
        BlockwiseDistillationResult rest = await options.DistilAsync(BlockwiseCases.Request(parent, back) with { Layers = 1.. });
        front.CopyFrom(back);

        Assert.Equal(expected.Variants.Where(variant => variant.Key.Layer > 0), rest.Variants);
        Assert.Equal(whole.Variants, front.Variants);
        foreach (string file in Directory.GetFiles(folder[Path.Combine("whole", "variants")]))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(folder[Path.Combine("front", "variants", Path.GetFileName(file))]));
        int before = Directory.GetFiles(folder[Path.Combine("front", "variants")]).Length;
        Assert.Equal(expected.Variants, (await options.DistilAsync(BlockwiseCases.Request(parent, front))).Variants);
        Assert.Equal(before, Directory.GetFiles(folder[Path.Combine("front", "variants")]).Length);
    }

    [Fact]
    public async Task DistillAsync_LayersOutsideTheParent_Throws()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();

        await Assert.ThrowsAnyAsync<ArgumentException>(
            () => BlockwiseCases.Options(1).DistilAsync(BlockwiseCases.Request(parent, library) with { Layers = 2..4 }));
    }

    private static async Task DistilAsync(
        CausalLanguageModel parent, IBlockLibrary library, string[] attention, string[] ffn, Range layers, int workers)
    {
        BlockwiseDistillationOptions options = BlockwiseCases.Options(3, workers);
        options.TrainBesideNoOps = NoOpPartners.Both;
        SearchSpace space = SearchSpace.Uniform(
            parent.Config.Architecture, attention.Select(AttentionConfig.Parse), ffn.Select(FfnConfig.Parse));
        await options.DistilAsync(BlockwiseCases.Request(parent, library, space) with { Layers = layers });
    }
}
