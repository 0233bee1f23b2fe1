using Puzzle.Architectures;
using Puzzle.Library;

namespace Puzzle.Tests.Library;

public sealed class BlockCompositionTests
{
    private static readonly Architecture Parent = Architecture.Uniform(2, BlockConfig.Parse("gqa-4/48"));

    private static readonly SearchSpace Space = SearchSpace.Uniform(
        Parent, [new GroupedQueryAttentionConfig(2), new NoOpAttentionConfig()], [new GatedFfnConfig(16), new NoOpFfnConfig()]);

    private static readonly SubblockVariant[] Plain = [.. Enumerable.Range(0, 2).SelectMany(layer => new[]
    {
        Attention(layer, "gqa-4", recipe: SubblockVariant.ParentRecipe), Attention(layer, "gqa-2"), Attention(layer, "noop"),
        Ffn(layer, "48", recipe: SubblockVariant.ParentRecipe), Ffn(layer, "16"), Ffn(layer, "noop"),
    })];

    [Fact]
    public void Compose_PlainVariants_GivesEveryPairInTheSpacesOrder()
    {
        IReadOnlyList<IReadOnlyList<BlockVariant>> blocks = BlockComposition.Compose(Space, Plain.Reverse());

        Assert.Equal(2, blocks.Count);
        Assert.All(Enumerable.Range(0, 2), layer =>
        {
            Assert.Equal(Space.Blocks(layer), blocks[layer].Select(block => block.Config));
            Assert.True(blocks[layer][0].IsParent);
            Assert.All(blocks[layer], block => Assert.Equal(layer, block.Layer));
            Assert.All(blocks[layer], block => Assert.True(block.Attention.Key.Beside is null && block.Ffn.Key.Beside is null));
        });
    }

    [Fact]
    public void Compose_VariantsTrainedBesideNoOps_StandBesideThemOnly()
    {
        SubblockVariant ffn = Ffn(1, "16", "noop"), own = Ffn(1, "48", "noop"), attention = Attention(1, "gqa-2", "noop");

        var blocks = BlockComposition.Compose(Space, [.. Plain, ffn, own, attention])[1].ToDictionary(block => block.Config.Name);

        Assert.Equal((Plain[8], ffn), (blocks["noop/16"].Attention, blocks["noop/16"].Ffn));
        Assert.Equal(own, blocks["noop/48"].Ffn);
        Assert.Equal((attention, Plain[11]), (blocks["gqa-2/noop"].Attention, blocks["gqa-2/noop"].Ffn));
        Assert.Equal((Plain[7], Plain[10]), (blocks["gqa-2/16"].Attention, blocks["gqa-2/16"].Ffn));
        Assert.Equal((Plain[8], Plain[11]), (blocks["noop/noop"].Attention, blocks["noop/noop"].Ffn));
    }

    [Fact]
    public void Compose_CoupledPair_ReplacesThePlainPairAndNoOther()
    {
        SubblockVariant attention = Attention(0, "gqa-2", "16", "run"), ffn = Ffn(0, "16", "gqa-2", "run");

        IReadOnlyList<IReadOnlyList<BlockVariant>> blocks = BlockComposition.Compose(Space, [.. Plain, attention, ffn]);

        Assert.Equal(new BlockVariant(attention, ffn), Assert.Single(blocks[0], block => block.Config.Name == "gqa-2/16"));
        Assert.Equal(BlockComposition.Compose(Space, Plain)[0].Where(block => block.Config.Name != "gqa-2/16"),
            blocks[0].Where(block => block.Config.Name != "gqa-2/16"));
        Assert.Equal(BlockComposition.Compose(Space, Plain)[1], blocks[1]);
    }

    [Fact]
    public void Compose_HalvesOfTwoCoupledRuns_AreNotMixed()
    {
        var blocks = BlockComposition.Compose(Space, [.. Plain, Attention(0, "gqa-2", "16", "run"), Ffn(0, "16", "gqa-2", "another run")]);

        Assert.Equal(BlockComposition.Compose(Space, Plain)[0], blocks[0]);
    }

    [Fact]
    public void Compose_MissingHalves_LeavesTheirPairsOut()
    {
        var blocks = BlockComposition.Compose(Space, Plain.Where(variant => variant.Key is not { Layer: 0, Config: "16" }));

        Assert.Equal(6, blocks[0].Count);
        Assert.Equal(9, blocks[1].Count);
    }

    [Fact]
    public void Compose_SeveralOfOneKey_TakesTheLast()
    {
        SubblockVariant newer = Ffn(0, "16", recipe: "newer");

        Assert.All(BlockComposition.Compose(Space, [.. Plain, newer])[0],
            block => Assert.True(block.Ffn.Key.Config != "16" || block.Ffn == newer));
    }

    private static SubblockVariant Attention(int layer, string config, string? beside = null, string recipe = "recipe") =>
        new(new SubblockKey(layer, SubblockKind.Attention, config, beside), recipe, $"{layer} {config} {beside} {recipe}");

    private static SubblockVariant Ffn(int layer, string config, string? beside = null, string recipe = "recipe") =>
        new(new SubblockKey(layer, SubblockKind.Ffn, config, beside), recipe, $"{layer} {config} {beside} {recipe}");
}
