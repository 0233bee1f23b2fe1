using Puzzle.Architectures;
using Puzzle.Checkpoints;

namespace Puzzle.Tests.Architectures;

public sealed class SearchSpaceTests
{
    [Fact]
    public void Paper_LlamaShape_HasThePapersAlternatives()
    {
        ModelConfig llama = Shape(32, kvHeads: 8, width: 14336);

        SearchSpace space = SearchSpace.Paper(llama);

        Assert.Equal(32, space.Layers);
        Assert.All(Enumerable.Range(0, 32), layer =>
        {
            Assert.Equal(["gqa-8", "gqa-4", "gqa-2", "gqa-1", "linear", "noop"], space.Attention(layer).Select(config => config.Name));
            Assert.Equal(["14336", "12480", "10752", "7168", "3584", "2864", "1440", "linear", "noop"],
                space.Ffn(layer).Select(config => config.Name));
            Assert.Equal(54, space.Blocks(layer).Distinct().Count());
            Assert.Equal(llama.Architecture[layer], space.Blocks(layer).First());
        });
        Assert.Equal(6, space.AllAttention.Count);
        Assert.Equal(9, space.AllFfn.Count);
    }

    [Theory]
    [InlineData("meta-llama-3.1-8B-Instruct.json", 32, 14336)]
    [InlineData("meta-llama-3.1-70B-Instruct.json", 80, 28672)]
    [InlineData("meta-llama-3.2-1B-Instruct.json", 16, 8192)]
    public void Paper_RealConfig_RoundsWidthsAndStartsWithTheParent(string file, int layers, int width)
    {
        ModelConfig config = HuggingFaceConfig.Read(SharedData.Require($"llama-configs/{file}"));

        SearchSpace space = SearchSpace.Paper(config, widthMultiple: 256);

        Assert.Equal(layers, space.Layers);
        Assert.Equal([8, 4, 2, 1], space.Attention(0).OfType<GroupedQueryAttentionConfig>().Select(gqa => gqa.KeyValueHeads));
        int[] widths = [.. space.Ffn(0).OfType<GatedFfnConfig>().Select(ffn => ffn.IntermediateSize)];
        Assert.Equal(width, widths[0]);
        Assert.Equal(7, widths.Length);
        foreach ((int percent, int rounded) in new[] { 87, 75, 50, 25, 20, 10 }.Zip(widths.Skip(1)))
        {
            Assert.Equal(0, rounded % 256);
            Assert.InRange(rounded, (width * percent / 100.0) - 128, (width * percent / 100.0) + 128);
        }
    }

    [Fact]
    public void Paper_SmallWidths_HasNoDuplicatesAndNothingAsLargeAsTheParent()
    {
        SearchSpace space = SearchSpace.Paper(Shape(2, kvHeads: 6, width: 40));

        Assert.Equal(["gqa-6", "gqa-3", "gqa-2", "gqa-1", "linear", "noop"], space.Attention(0).Select(config => config.Name));
        Assert.Equal(["40", "32", "16", "linear", "noop"], space.Ffn(0).Select(config => config.Name));
    }

    [Fact]
    public void Create_HeterogeneousParent_StartsEachLayerWithItsOwn()
    {
        ModelConfig mixed = TinyModel.Mixed();

        SearchSpace space = SearchSpace.Create(mixed, [50], 4, withLinear: false);

        for (int layer = 0; layer < mixed.Layers; layer++)
            Assert.Equal(mixed.Architecture[layer], space.Blocks(layer).First());
        Assert.Equal(["noop"], space.Attention(4).Select(config => config.Name));
        Assert.Equal(["48", "24", "noop"], space.Ffn(4).Select(config => config.Name));
        Assert.Equal(["linear", "noop"], space.Ffn(3).Select(config => config.Name));
    }

    [Fact]
    public void Uniform_ParentRepeated_KeepsItOnce()
    {
        Architecture parent = Architecture.Uniform(2, BlockConfig.Parse("gqa-4/48"));

        SearchSpace space = SearchSpace.Uniform(
            parent, [new NoOpAttentionConfig(), new GroupedQueryAttentionConfig(4)], [new GatedFfnConfig(48), new GatedFfnConfig(8)]);

        Assert.Equal(["gqa-4/48", "gqa-4/8", "noop/48", "noop/8"], space.Blocks(1).Select(block => block.Name));
    }

    [Fact]
    public void Create_WrongNumberOfLayers_Throws()
    {
        Architecture parent = Architecture.Uniform(2, BlockConfig.Parse("gqa-4/48"));

        Assert.Throws<ArgumentException>(() => new SearchSpace(parent, [[]], [[], []]));
        Assert.Throws<ArgumentOutOfRangeException>(() => SearchSpace.Paper(Shape(1, 2, 48), widthMultiple: 0));
    }

    [Fact]
    public void Reduce_Solutions_KeepsWhatTheyChoseAndTheParents()
    {
        Architecture parent = Architecture.Uniform(2, BlockConfig.Parse("gqa-4/48"));
        SearchSpace space = new(
            parent,
            [[new GroupedQueryAttentionConfig(2), new LinearAttentionConfig(), new NoOpAttentionConfig()], [new LinearAttentionConfig()]],
            [[new GatedFfnConfig(32), new GatedFfnConfig(16)], [new GatedFfnConfig(32), new GatedFfnConfig(16)]]);
        Architecture[] solutions = [new([BlockConfig.Parse("noop/48"), BlockConfig.Parse("linear/16")]),
            new([BlockConfig.Parse("gqa-4/32"), BlockConfig.Parse("gqa-4/48")])];

        SearchSpace everywhere = space.Reduce(solutions), inItsLayer = space.Reduce(solutions, perLayer: true);

        Assert.Equal([["gqa-4", "linear", "noop"], ["gqa-4", "linear"]], Layers(everywhere.Attention));
        Assert.Equal([["48", "32", "16"], ["48", "32", "16"]], Layers(everywhere.Ffn));
        Assert.Equal([["gqa-4", "noop"], ["gqa-4", "linear"]], Layers(inItsLayer.Attention));
        Assert.Equal([["48", "32"], ["48", "16"]], Layers(inItsLayer.Ffn));
        Assert.Throws<ArgumentException>(() => space.Reduce([Architecture.Uniform(3, parent[0])]));

        static string[][] Layers<T>(Func<int, IReadOnlyList<T>> configs) =>
            [.. Enumerable.Range(0, 2).Select(layer => configs(layer).Select(config => config!.ToString()!).ToArray())];
    }

    private static ModelConfig Shape(int layers, int kvHeads, int width) => new()
    {
        VocabularySize = 100,
        HiddenSize = 64,
        AttentionHeads = kvHeads * 4,
        HeadSize = 16,
        MaxPositions = 128,
        Architecture = Architecture.Uniform(layers, new BlockConfig(new GroupedQueryAttentionConfig(kvHeads), new GatedFfnConfig(width))),
    };
}
