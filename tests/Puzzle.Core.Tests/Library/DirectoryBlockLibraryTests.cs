using Puzzle.Foundation;
using Puzzle.Library;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Library;

public sealed class DirectoryBlockLibraryTests : IDisposable
{
    private readonly LibraryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Open_AfterReopening_HasEverything()
    {
        _folder.Fill(scores: 4);

        using DirectoryBlockLibrary library = _folder.Open();

        Assert.Equal(LibraryFolder.Units.Length, library.Variants.Count);
        Assert.All(Enumerable.Range(0, LibraryFolder.Units.Length), unit => Assert.True(LibraryFolder.HasIntact(library, unit)));
        Assert.All(Enumerable.Range(0, 4), index => Assert.True(LibraryFolder.HasIntactScore(library, index)));
        Assert.Null(library.Find(new SubblockKey(1, SubblockKind.Ffn, "352"), Fingerprint.Of("first")));
        Assert.Null(library.Find(LibraryFolder.Units[0].Key, Fingerprint.Of("third")));
        Assert.Null(library.FindScore("block-0", "other data"));
    }

    [Fact]
    public void Add_NamesFilesAfterKeyAndRecipe()
    {
        _folder.Fill(scores: 0);

        string first = Fingerprint.Of("first")[..12];
        Assert.Contains($"11-ffn-352-{first}.safetensors", Directory.GetFiles(_folder.VariantsFolder).Select(Path.GetFileName));
        Assert.Contains($"00-ffn-352-beside-noop-{first}.safetensors", Directory.GetFiles(_folder.VariantsFolder).Select(Path.GetFileName));
    }

    [Fact]
    public void Add_SameKeyAndRecipe_Replaces()
    {
        using DirectoryBlockLibrary library = _folder.Open();
        SubblockVariant old = LibraryFolder.Add(library, 0);
        LibraryFolder.Add(library, 1);

        SubblockVariant replaced = LibraryFolder.Add(library, 0, shift: 0.5f);

        Assert.NotEqual(old.Id, replaced.Id);
        Assert.Equal(2, library.Variants.Count);
        Assert.True(LibraryFolder.HasIntact(library, 0, shift: 0.5f));
        Assert.True(LibraryFolder.HasIntact(library, 1));
        Assert.Throws<CheckpointFormatException>(() => library.ReadWeights(old));
        Assert.True(LibraryFolder.HasIntact(library, 0, shift: 0.5f));
    }

    [Fact]
    public void Add_RecipesThatWouldShareAFile_IsRefusedAndKeepsTheFirst()
    {
        using DirectoryBlockLibrary library = _folder.Open();
        SubblockKey key = LibraryFolder.Units[0].Key;
        library.Add(key, "0123456789ab0", LibraryFolder.Weights(0), []);

        Assert.Throws<InvalidOperationException>(() => library.Add(key, "0123456789ab1", LibraryFolder.Weights(0), []));

        Assert.NotNull(library.Find(key, "0123456789ab0"));
        Assert.Null(library.Find(key, "0123456789ab1"));
    }

    [Theory]
    [InlineData(ScalarType.Float64, double.NaN)]
    [InlineData(ScalarType.Float32, double.PositiveInfinity)]
    [InlineData(ScalarType.Float16, double.NegativeInfinity)]
    [InlineData(ScalarType.BFloat16, double.NaN)]
    public void Add_NonFiniteWeight_IsRefusedAndKeepsTheOld(ScalarType type, double value)
    {
        using DirectoryBlockLibrary library = _folder.Open();
        LibraryFolder.Add(library, 0);
        Dictionary<string, Tensor> weights = LibraryFolder.Weights(0);
        weights["bad.weight"] = tensor(new[] { 1, 2, value, 3 }).to(type);

        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => library.Add(LibraryFolder.Units[0].Key, LibraryFolder.Units[0].Recipe, weights, []));

        Assert.Contains(
            "layer 0 attention gqa-2: the weight 'bad.weight' is not finite at element 2", refused.Message, StringComparison.Ordinal);
        Assert.True(LibraryFolder.HasIntact(library, 0));
    }

    [Fact]
    public void Add_NonFiniteLoss_IsRefused()
    {
        using DirectoryBlockLibrary library = _folder.Open();

        Assert.Throws<ArgumentException>(
            () => library.Add(LibraryFolder.Units[0].Key, "r", LibraryFolder.Weights(0), [new LossRecord(0, double.NaN)]));
        Assert.Throws<ArgumentException>(
            () => library.Add(LibraryFolder.Units[0].Key, "r", LibraryFolder.Weights(0), [new LossRecord(0, 1, double.NaN)]));
        Assert.Empty(library.Variants);
    }

    [Theory]
    [InlineData(0, SubblockKind.Ffn, "../352", null, "r")]
    [InlineData(0, SubblockKind.Ffn, "0352", null, "r")]
    [InlineData(0, SubblockKind.Ffn, "gqa-2", null, "r")]
    [InlineData(0, SubblockKind.Attention, "352", null, "r")]
    [InlineData(0, SubblockKind.Ffn, "352", "352", "r")]
    [InlineData(-1, SubblockKind.Ffn, "352", null, "r")]
    [InlineData(0, (SubblockKind)7, "352", null, "r")]
    [InlineData(0, SubblockKind.Ffn, "352", null, "")]
    [InlineData(0, SubblockKind.Ffn, "352", null, SubblockVariant.ParentRecipe)]
    public void Add_UnknownKeyOrRecipe_IsRefused(int layer, SubblockKind kind, string config, string? beside, string recipe)
    {
        using DirectoryBlockLibrary library = _folder.Open();

        Assert.ThrowsAny<ArgumentException>(
            () => library.Add(new SubblockKey(layer, kind, config, beside), recipe, LibraryFolder.Weights(0), []));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.VariantsFolder));
    }

    [Fact]
    public void Variants_WhateverTheOrderOfAdding_AreInCanonicalOrder()
    {
        int[] shuffled = [4, 1, 5, 0, 3, 2];
        using (DirectoryBlockLibrary library = _folder.Open())
        {
            foreach (int unit in shuffled)
                LibraryFolder.Add(library, unit);
            AssertCanonical(library);
        }
        using DirectoryBlockLibrary reopened = _folder.Open();
        AssertCanonical(reopened);

        static void AssertCanonical(DirectoryBlockLibrary library)
        {
            (SubblockKey, string)[] expected = [.. LibraryFolder.Units.OrderBy(unit => (unit.Key.Layer, unit.Key.Kind))
                .ThenBy(unit => unit.Key.Config, StringComparer.Ordinal)
                .ThenBy(unit => unit.Recipe, StringComparer.Ordinal)];
            Assert.Equal(expected, library.Variants.Select(variant => (variant.Key, variant.Recipe)));
        }
    }

    [Fact]
    public void ReadWeights_GivesValuesTypesAndShapes_ToTheCallersScope()
    {
        using DirectoryBlockLibrary library = _folder.Open();
        SubblockVariant variant = LibraryFolder.Add(library, 0);
        _ = LibraryFolder.HasIntact(library, 0);
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

        IReadOnlyDictionary<string, Tensor> weights = library.ReadWeights(variant);

        Assert.Equal(before + 2, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        Assert.Equal([4, 3], weights["proj.weight"].shape);
        Assert.Equal(ScalarType.BFloat16, weights["proj.weight"].dtype);
        Assert.Equal([0f, 1, 2, 3], weights["norm.weight"].data<float>());
    }

    [Fact]
    public void AddAndFind_LeaveNoTensorBehind()
    {
        using DirectoryBlockLibrary library = _folder.Open();
        LibraryFolder.Add(library, 0);
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

        LibraryFolder.Add(library, 0);
        library.Find(LibraryFolder.Units[0].Key, LibraryFolder.Units[0].Recipe);

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void AddScore_SameBlockAndData_Replaces()
    {
        using (DirectoryBlockLibrary library = _folder.Open())
        {
            library.AddScore(LibraryFolder.Score(0));
            library.AddScore(LibraryFolder.Score(1));
            library.AddScore(LibraryFolder.Score(0, value: 7));
            Assert.True(LibraryFolder.HasIntactScore(library, 0, value: 7));
        }
        using DirectoryBlockLibrary reopened = _folder.Open();
        Assert.True(LibraryFolder.HasIntactScore(reopened, 0, value: 7));
        Assert.True(LibraryFolder.HasIntactScore(reopened, 1));
    }

    [Fact]
    public void AddScore_NonFiniteValue_IsRefused()
    {
        using DirectoryBlockLibrary library = _folder.Open();
        var bad = new Dictionary<string, double> { ["kl_div"] = double.NaN };
        var badSamples = new Dictionary<string, IReadOnlyList<double>> { ["kl_div"] = [1, double.PositiveInfinity] };

        Assert.Contains("kl_div",
            Assert.Throws<ArgumentException>(() => library.AddScore(LibraryFolder.Score(0) with { Metrics = bad })).Message,
            StringComparison.Ordinal);
        Assert.Contains("kl_div",
            Assert.Throws<ArgumentException>(() => library.AddScore(LibraryFolder.Score(0) with { Samples = badSamples })).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => library.AddScore(LibraryFolder.Score(0) with { BlockId = "" }));
        Assert.False(LibraryFolder.HasIntactScore(library, 0));
        Assert.Equal(0, new FileInfo(_folder.Scores).Length);
    }

    [Fact]
    public void AfterDispose_EverythingThrows()
    {
        DirectoryBlockLibrary library = _folder.Open();
        SubblockVariant variant = LibraryFolder.Add(library, 0);
        library.Dispose();
        library.Dispose();

        Assert.Throws<ObjectDisposedException>(() => library.Variants);
        Assert.Throws<ObjectDisposedException>(() => library.Find(variant.Key, variant.Recipe));
        Assert.Throws<ObjectDisposedException>(() => library.ReadWeights(variant));
        Assert.Throws<ObjectDisposedException>(() => library.AddScore(LibraryFolder.Score(0)));
    }
}
