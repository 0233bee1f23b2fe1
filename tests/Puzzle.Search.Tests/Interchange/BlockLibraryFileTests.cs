using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Interchange;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Interchange;

public sealed class BlockLibraryFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_PublishedLibrary_KnowsBlocksAndParent()
    {
        ScoredLibrary library = BlockLibraryFile.Read(SharedData.Require("nvidia-block-library/block_library.json"));
        Assert.Equal(80, library.Layers.Count);
        Assert.All(library.Layers, layer => Assert.Equal(16, layer.Count));
        Assert.All(library.Layers, layer => Assert.Same(layer[0], Assert.Single(layer, variant => variant.IsParent)));
        Assert.Equal("gqa-8/28672", library.Layers[0][0].Block!.Name);
        Assert.Equal("noop/noop", library.Layers[79][15].Block!.Name);
        Assert.Equal("256", library.Measurement["batch_size"]);
    }

    [Fact]
    public void Write_Library_ReadsBackTheSame()
    {
        string path = Path.Combine(_folder, "block_library.json");
        ScoredLibrary library = Small();
        BlockLibraryFile.Write(path, library);
        ScoredLibrary read = BlockLibraryFile.Read(path);
        Assert.Equal(Flat(library), Flat(read));
        Assert.Equal(library.Measurement, read.Measurement);
        Assert.Equal(
            ["block_library.json", "measurement_info.json", "parent_block_stats.json", "puzzle-digests.json"],
            Directory.EnumerateFiles(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Read_AnyByteFlipped_IsRefusedByName()
    {
        string path = Path.Combine(_folder, BlockLibraryFile.FileName);
        BlockLibraryFile.Write(path, Small());
        var random = new Random(5);
        foreach (string file in Directory.GetFiles(_folder))
        {
            byte[] whole = File.ReadAllBytes(file), damaged = [.. whole];
            damaged[random.Next(damaged.Length)] ^= 1;
            File.WriteAllBytes(file, damaged);
            Assert.Equal(file, Assert.Throws<CheckpointFormatException>(() => BlockLibraryFile.Read(path)).File);
            File.WriteAllBytes(file, whole);
        }
        BlockLibraryFile.Read(path);
    }

    [Fact]
    public void Write_NonBlockCosts_ReadBackAndAreDeletedWithTheirLibrary()
    {
        string path = Path.Combine(_folder, BlockLibraryFile.FileName);
        ScoredLibrary library = Small() with
        {
            FixedCosts = new Dictionary<CostName, double> { [new("memory_mib")] = 12.5, [new("other_ms")] = 0.1 },
        };
        BlockLibraryFile.Write(path, library);
        Assert.Equal(library.FixedCosts, BlockLibraryFile.Read(path).FixedCosts);
        BlockLibraryFile.Write(path, Small());
        Assert.Empty(BlockLibraryFile.Read(path).FixedCosts);
    }

    [Fact]
    public void Write_BlocksNamedByConfigAndTwinsOfTheParent_ReadBackTheSame()
    {
        string path = Path.Combine(_folder, BlockLibraryFile.FileName);
        static ScoredVariant Variant(BlockConfig block, double cost, bool isParent) => new(
            block.Name, new Dictionary<string, double> { ["kl_div"] = cost },
            new Dictionary<CostName, double> { [CostName.Runtime] = cost }) { Block = block, IsParent = isParent };
        var parent = new BlockConfig(new GroupedQueryAttentionConfig(4), new GatedFfnConfig(704));
        var linear = new BlockConfig(new LinearAttentionConfig(), new NoOpFfnConfig());
        var library = new ScoredLibrary(
            [[Variant(linear, 1, false), Variant(parent, 1, true)], [Variant(parent, 2, true), Variant(linear, 1, false)]]);
        BlockLibraryFile.Write(path, library);
        Assert.Equal(Flat(library), Flat(BlockLibraryFile.Read(path)));
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "object")]
    [InlineData("{\"layer_1\":{}}", "layers 0 to 0")]
    [InlineData("{\"block_0\":{}}", "layer_0")]
    [InlineData("{\"layer_0\":{\"a\":{\"stats\":{}}}}", "metrics")]
    [InlineData("{\"layer_0\":{\"a\":{\"stats\":{\"memory_mib\":\"x\"},\"metrics\":{}}}}", "finite number")]
    [InlineData("{\"layer_0\":{\"a\":{\"stats\":{\"memory_mib\":1e999},\"metrics\":{}}}}", "finite number")]
    public void Read_Malformed_NamesFileAndFault(string text, string fault)
    {
        string path = Path.Combine(_folder, "block_library.json");
        File.WriteAllText(path, text);
        string message = Assert.Throws<CheckpointFormatException>(() => BlockLibraryFile.Read(path)).Message;
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains(fault, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingFile_SaysSo()
        => Assert.Throws<CheckpointFormatException>(() => BlockLibraryFile.Read(Path.Combine(_folder, "none.json")));

    [Fact]
    public void Puzzletron_WriteReplacements_ReadsBackTheSame()
    {
        string path = Path.Combine(_folder, "replacement_metrics_and_stats.json");
        ScoredLibrary library = Small() with { Measurement = new Dictionary<string, string>() };
        PuzzletronFiles.WriteReplacements(path, library);
        Assert.Equal(Flat(library), Flat(PuzzletronFiles.ReadReplacements(path)));
    }

    [Fact]
    public void Puzzletron_WriteSolutions_ReadsBackTheChoices()
    {
        string path = Path.Combine(_folder, "solutions.json");
        ScoredLibrary library = Small();
        SearchResult result = new ExactArchitectureSolver().Solve(
            library.ToProblem("kl_div") with { Constraints = [new ResourceConstraint(new CostName("memory_mib"), 30)] },
            TestContext.Current.CancellationToken);
        PuzzletronFiles.WriteSolutions(path, library, "kl_div", [result]);
        Assert.Equal(result.Choice, Assert.Single(PuzzletronFiles.ReadSolutions(path, library)));
    }

    [Fact]
    public void Puzzletron_MergedLayers_AreSpans()
    {
        string path = Path.Combine(_folder, "replacement_metrics_and_stats.json");
        File.WriteAllText(path, """
            {"r0":{"parent_layer_indices":[0],"metrics":{"kl":0},"stats":{"memory_mib":2},"is_teacher":true},
             "r1":{"parent_layer_indices":[1],"metrics":{"kl":0},"stats":{"memory_mib":2},"is_teacher":true},
             "r2":{"parent_layer_indices":[0,1],"metrics":{"kl":1},"stats":{"memory_mib":3},"is_teacher":false}}
            """);
        ScoredLibrary library = PuzzletronFiles.ReadReplacements(path);
        Assert.Equal(2, library.Layers[0][1].Span);
        SearchResult result = new ArchitectureSolver().Solve(
            library.ToProblem("kl") with { Constraints = [new ResourceConstraint(new CostName("memory_mib"), 3)] },
            TestContext.Current.CancellationToken);
        Assert.Equal("r2", Assert.Single(result.Choice).VariantName);
    }

    private static IEnumerable<string> Flat(ScoredLibrary library) => library.Layers.SelectMany((layer, i) => layer.Select(variant =>
        $"{variant.Name} {i} {variant.Block} {variant.IsParent} {variant.Span} "
        + $"{string.Join(';', variant.Metrics.Select(m => $"{m.Key}={m.Value:R}"))} "
        + $"{string.Join(';', variant.Costs.Select(c => $"{c.Key}={c.Value:R}"))}"));

    private static ScoredLibrary Small()
    {
        static ScoredVariant Variant(int heads, int width, double score, bool isParent = false) => new(
            $"kv {heads}\tffn {width}",
            new Dictionary<string, double> { ["kl_div"] = score, ["lm_loss"] = 1.5 + score },
            new Dictionary<CostName, double>
            {
                [new("num_kv_heads")] = heads,
                [new("ffn_intermediate_size")] = width,
                [new("memory_mib")] = heads + (width / 10.0),
            })
        {
            IsParent = isParent,
            Block = new BlockConfig(
                heads == 0 ? new NoOpAttentionConfig() : new GroupedQueryAttentionConfig(heads),
                width == 0 ? new NoOpFfnConfig() : new GatedFfnConfig(width)),
        };
        return new ScoredLibrary([[Variant(8, 100, 0, true), Variant(8, 50, 0.125)], [Variant(8, 100, 0, true), Variant(0, 0, 0.3)]])
        {
            Measurement = new Dictionary<string, string> { ["batch_size"] = "4", ["gpu"] = "some" },
        };
    }
}
