using CsCheck;
using Puzzle.Foundation;
using Puzzle.Text;

namespace Puzzle.Tests.Text;

public sealed class PackedTokenDatasetTests
{
    [Fact]
    public void WindowsOf_EachPass_VisitsEveryWindowOnce()
    {
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 9], Gen.ULong).Sample((count, batchSize, seed) =>
        {
            PackedTokenDataset data = Numbered(count, seed);
            int[] visits = [.. Enumerable.Range(0, 3 * count).SelectMany(step => data.WindowsOf(step, batchSize)).Take(3 * count)];
            foreach (int[] pass in visits.Chunk(count))
                Assert.Equal(Enumerable.Range(0, count), pass.Order());
        });
    }

    [Fact]
    public void Spread_FewerThanThereAre_TakesThemFromAllOfTheText()
    {
        PackedTokenDataset data = Numbered(10, seed: 5), chosen = data.Spread(3);

        Assert.Equal(3, chosen.Count);
        Assert.Equal(
            new[] { 0, 3, 6 }.Select(window => data[window].ToArray()), Enumerable.Range(0, 3).Select(window => chosen[window].ToArray()));
        Assert.Same(data, data.Spread(10));
    }

    [Fact]
    public void WindowsOf_AnyStepOrder_IsAFunctionOfTheStep()
    {
        PackedTokenDataset uninterrupted = Numbered(17, seed: 5), resumed = Numbered(17, seed: 5);
        int[][] all = [.. Enumerable.Range(0, 40).Select(step => uninterrupted.WindowsOf(step, 3))];
        for (int step = 39; step >= 0; step--)
            Assert.Equal(all[step], resumed.WindowsOf(step, 3));
    }

    [Fact]
    public void WindowsOf_Passes_DifferInOrder()
    {
        PackedTokenDataset data = Numbered(50, seed: 1);
        Assert.NotEqual(data.WindowsOf(0, 50), data.WindowsOf(1, 50));
        Assert.NotEqual(data.WindowsOf(0, 50), Numbered(50, seed: 2).WindowsOf(0, 50));
        Assert.NotEqual(Enumerable.Range(0, 50), data.WindowsOf(0, 50));
    }

    [Fact]
    public void WindowsOf_KnownSeed_NeverChanges() =>
        Assert.Equal("3,6,4,0,2,7,5,1", string.Join(",", Numbered(8, seed: 42).WindowsOf(0, 8)));

    [Fact]
    public void Batch_Step_HoldsTheRowsOfItsWindows()
    {
        PackedTokenDataset data = Numbered(10, seed: 9);
        int[] windows = data.WindowsOf(2, 3);
        Assert.Equal(windows.SelectMany(window => new[] { window, 100 + window }), data.Batch(2, 3));
    }

    [Fact]
    public void Fingerprint_IdsLengthAndSeed_Decide()
    {
        string fingerprint = PackedTokenDataset.FromWindows([[1, 2], [3, 4]], 9).Fingerprint;
        Assert.Equal(fingerprint, PackedTokenDataset.FromWindows([[1, 2], [3, 4]], 9).Fingerprint);
        Assert.NotEqual(fingerprint, PackedTokenDataset.FromWindows([[1, 2], [3, 5]], 9).Fingerprint);
        Assert.NotEqual(fingerprint, PackedTokenDataset.FromWindows([[1, 2, 3, 4]], 9).Fingerprint);
        Assert.NotEqual(fingerprint, PackedTokenDataset.FromWindows([[1, 2], [3, 4]], 9, seed: 1).Fingerprint);
    }

    [Fact]
    public void Split_Windows_KeepsEqualOnesTogether()
    {
        PackedTokenDataset data = PackedTokenDataset.FromWindows([.. Enumerable.Range(0, 60).Select(i => new[] { i % 20, 0 })], 100);
        (PackedTokenDataset training, PackedTokenDataset heldOut) = data.Split(0.25);
        HashSet<int> trained = Firsts(training), held = Firsts(heldOut);
        Assert.Empty(trained.Intersect(held));
        Assert.Equal((60, 15, 5), (training.Count + heldOut.Count, heldOut.Count, held.Count));
        Assert.Throws<InvalidOperationException>(() => PackedTokenDataset.FromWindows([[1, 2], [1, 2]], 9).Split(0.5));
    }

    [Fact]
    public void FromJson_Windows_ReadsThem()
    {
        using var folder = new TemporaryFolder();
        PackedTokenDataset data = PackedTokenDataset.FromJson(folder.Write("w.json", "[[1,2,3],[4,5,0]]"), vocabularySize: 6);
        Assert.Equal((2, 3, 6), (data.Count, data.SequenceLength, data.VocabularySize));
        Assert.Equal([4, 5, 0], data[1].ToArray());
    }

    [Theory]
    [InlineData("", "JSON array")]
    [InlineData("null", "null")]
    [InlineData("[null]", "null")]
    [InlineData("{}", "JSON array")]
    [InlineData("[[1,2],[\"a\",2]]", "$[1]")]
    [InlineData("[[1,2],[1.5,2]]", "$[1]")]
    [InlineData("[[1,2],[99999999999,2]]", "$[1]")]
    [InlineData("[]", "no window")]
    [InlineData("[[1]]", "window 0 has 1 ids")]
    [InlineData("[[1,2],[1,2,3]]", "window 1 has 3 ids, expected 2")]
    [InlineData("[[1,2],[3,10]]", "window 1 has the id 10 at position 1, expected 0 to 9")]
    [InlineData("[[1,2],[-1,2]]", "window 1 has the id -1 at position 0")]
    public void FromJson_Malformed_SaysWhatIsWrong(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("w.json", json);
        var error = Assert.Throws<CheckpointFormatException>(() => PackedTokenDataset.FromJson(file, vocabularySize: 10));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(file, error.File);
    }

    [Fact]
    public void FromWindows_IdOutsideTheVocabulary_Throws() =>
        Assert.Throws<ArgumentException>("windows", () => PackedTokenDataset.FromWindows([[0, 5]], 5));

    [Fact]
    public void Indexer_OutOfRange_Throws()
    {
        PackedTokenDataset data = Numbered(3, seed: 0);
        Assert.Throws<ArgumentOutOfRangeException>("window", () => data[3].Length);
        Assert.Throws<ArgumentOutOfRangeException>("window", () => data[-1].Length);
        Assert.Throws<ArgumentOutOfRangeException>("step", () => data.Batch(-1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("batchSize", () => data.Batch(0, 0));
    }

    private static PackedTokenDataset Numbered(int count, ulong seed) =>
        PackedTokenDataset.FromWindows([.. Enumerable.Range(0, count).Select(i => new[] { i, 100 + i })], 200, seed);

    private static HashSet<int> Firsts(PackedTokenDataset data) => [.. Enumerable.Range(0, data.Count).Select(window => data[window][0])];
}
