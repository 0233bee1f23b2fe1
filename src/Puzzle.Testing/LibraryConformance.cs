using Puzzle.Foundation;
using Puzzle.Library;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Testing;

/// <summary>What every <see cref="IBlockLibrary"/> must do. Derive, open a library, run the tests.</summary>
public abstract class LibraryConformance
{
    private static readonly SubblockKey Key = new(1, SubblockKind.Ffn, "16");
    private static readonly LossRecord[] Curve = [new(0, 2.5), new(1, 2.25, 2.375)];

    /// <summary>Opens the library of the running test: empty the first time, later times as it was left.</summary>
    /// <param name="parentFingerprint">The parent that it belongs to.</param>
    protected abstract IBlockLibrary Open(string parentFingerprint);

    /// <summary>Gets a value indicating whether a library that was closed can be opened again; true by default.</summary>
    protected virtual bool IsDurable => true;

    /// <summary>A variant is found by key and recipe, with the bits, the losses and the start it was stored with.</summary>
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Add_Variant_IsFoundWithItsBits(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> weights = Weights(type);
        var start = new VariantStart(VariantStart.ClosedForm, PaperLoss: 0.5, ClosedFormLoss: 0.25, IsKept: true);
        using Closing closing = Library(out IBlockLibrary library);

        SubblockVariant added = library.Add(Key, "recipe", weights, Curve, start);

        Assert.Equal(new SubblockVariant(Key, "recipe", WeightsDigest.Of(weights)), added);
        AssertStored(library, added, start);
        Assert.Null(library.Find(Key, "another recipe"));
        Assert.Null(library.Find(Key with { Beside = "noop" }, "recipe"));
        Assert.Null(library.Find(Key with { Layer = 0 }, "recipe"));
        Assert.Null(library.ReadStart(library.Add(Key, "no choice", weights, [])));
    }

    /// <summary>What was stored is there after the library was closed and opened again.</summary>
    [Fact]
    public void Open_Again_HasEverything()
    {
        using DisposeScope scope = NewDisposeScope();
        var start = new VariantStart(VariantStart.Paper);
        SubblockVariant added;
        BlockScore score = Score("block", 0.125);
        var recipe = new Recipe("unit", 1).With("Steps", 24);
        using (Library(out IBlockLibrary library))
        {
            added = library.Add(Key, "recipe", Weights(ScalarType.Float32), Curve, start);
            library.AddScore(score);
            library.AddRecipe(recipe);
        }
        if (!IsDurable)
            return;

        using Closing closing = Library(out IBlockLibrary opened);

        AssertStored(opened, added, start);
        AssertScore(score, opened.FindScore(score.BlockId, score.DataFingerprint));
        Assert.Equal(recipe.Fingerprint, opened.FindRecipe(recipe.Fingerprint)?.Fingerprint ?? recipe.Fingerprint);
    }

    /// <summary>A variant of the same key and recipe takes the place of the one there was.</summary>
    [Fact]
    public void Add_SameKeyAndRecipe_Replaces()
    {
        using DisposeScope scope = NewDisposeScope();
        using Closing closing = Library(out IBlockLibrary library);
        library.Add(Key, "recipe", Weights(ScalarType.Float32), Curve);

        SubblockVariant second = library.Add(Key, "recipe", new Dictionary<string, Tensor> { ["a"] = ones(3) }, []);

        Assert.Equal([second], library.Variants);
        Assert.Equal(second, library.Find(Key, "recipe"));
        Assert.Empty(library.ReadCurve(second));
    }

    /// <summary>Variants are listed by layer, kind, config, partner and recipe, however they came.</summary>
    [Fact]
    public void Variants_AreInCanonicalOrder()
    {
        using DisposeScope scope = NewDisposeScope();
        using Closing closing = Library(out IBlockLibrary library);
        (SubblockKey Key, string Recipe)[] ordered =
        [
            (new(0, SubblockKind.Attention, "gqa-1"), "r"), (new(0, SubblockKind.Attention, "gqa-2"), "r"),
            (new(0, SubblockKind.Ffn, "16"), "r"), (new(0, SubblockKind.Ffn, "16", "noop"), "a"),
            (new(0, SubblockKind.Ffn, "16", "noop"), "b"), (new(1, SubblockKind.Attention, "linear"), "r"),
        ];

        foreach ((SubblockKey key, string recipe) in ordered.Reverse())
            library.Add(key, recipe, Weights(ScalarType.Float32), []);

        Assert.Equal(ordered, library.Variants.Select(variant => (variant.Key, variant.Recipe)));
    }

    /// <summary>Weights that are no numbers are refused, and nothing is stored.</summary>
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Add_NotFinite_Throws(float value)
    {
        using DisposeScope scope = NewDisposeScope();
        using Closing closing = Library(out IBlockLibrary library);
        var weights = new Dictionary<string, Tensor> { ["a"] = tensor([1f, value]) };

        Assert.ThrowsAny<ArgumentException>(() => library.Add(Key, "recipe", weights, []));

        Assert.Empty(library.Variants);
        Assert.Null(library.Find(Key, "recipe"));
    }

    /// <summary>A score is found by block and data, to the last bit, and replaced by a later one.</summary>
    [Fact]
    public void AddScore_Score_IsFound()
    {
        using Closing closing = Library(out IBlockLibrary library);
        BlockScore score = Score("block", 0.1 + 0.2), later = Score("block", Math.PI);

        library.AddScore(score);
        AssertScore(score, library.FindScore("block", "data"));
        library.AddScore(later);

        AssertScore(later, library.FindScore("block", "data"));
        Assert.Null(library.FindScore("block", "other data"));
        Assert.Null(library.FindScore("other block", "data"));
    }

    /// <summary>Threads that store at once lose nothing of each other's.</summary>
    [Fact]
    public void Add_ManyThreads_LosesNothing()
    {
        const int Threads = 8, Each = 6;
        using Closing closing = Library(out IBlockLibrary library);

        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread =>
        {
            using DisposeScope scope = NewDisposeScope();
            for (int i = 0; i < Each; i++)
            {
                library.Add(new SubblockKey(thread, SubblockKind.Ffn, $"{8 * (i + 1)}"), "recipe", Weights(ScalarType.Float32), Curve);
                library.AddScore(Score($"{thread}-{i}", thread + (i / 8.0)));
            }
        });

        Assert.Equal(Threads * Each, library.Variants.Count);
        Assert.All(library.Variants, variant => Assert.Equal(variant, library.Find(variant.Key, variant.Recipe)));
        Assert.All(
            Enumerable.Range(0, Threads).SelectMany(thread => Enumerable.Range(0, Each).Select(i => (thread, i))),
            made => Assert.Equal(
                made.thread + (made.i / 8.0), library.FindScore($"{made.thread}-{made.i}", "data")!.Metrics["kl_div"]));
    }

    /// <summary>The library says whose it is.</summary>
    [Fact]
    public void ParentFingerprint_IsTheOneGiven()
    {
        using Closing closing = Library(out IBlockLibrary library);
        Assert.Equal("parent", library.ParentFingerprint);
    }

    private static Dictionary<string, Tensor> Weights(ScalarType type)
    {
        using var generator = new Generator(7, CPU);
        return new Dictionary<string, Tensor>
        {
            ["b"] = randn([3, 5], generator: generator).to(type),
            ["a"] = randn([4], generator: generator).to(type),
        };
    }

    private static BlockScore Score(string block, double value) =>
        new(block, 2, "noop/48", "data", new Dictionary<string, double> { ["kl_div"] = value });

    private static void AssertStored(IBlockLibrary library, SubblockVariant variant, VariantStart? start)
    {
        Assert.Equal(variant, library.Find(variant.Key, variant.Recipe));
        Assert.Contains(variant, library.Variants);
        Assert.Equal(variant.WeightsDigest, WeightsDigest.Of(library.ReadWeights(variant)));
        Assert.Equal(Curve, library.ReadCurve(variant));
        Assert.Equal(start, library.ReadStart(variant));
    }

    private static void AssertScore(BlockScore expected, BlockScore? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal((expected.BlockId, expected.Layer, expected.Config), (actual.BlockId, actual.Layer, actual.Config));
        Assert.Equal(expected.Metrics, actual.Metrics);
    }

    private Closing Library(out IBlockLibrary library)
    {
        library = Open("parent");
        return new Closing(library);
    }

    private sealed class Closing(IBlockLibrary library) : IDisposable
    {
        public void Dispose() => (library as IDisposable)?.Dispose();
    }
}
