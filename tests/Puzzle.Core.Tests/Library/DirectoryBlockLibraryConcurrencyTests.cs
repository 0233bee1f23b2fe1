using Puzzle.Library;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Tests.Library;

public sealed class DirectoryBlockLibraryConcurrencyTests : IDisposable
{
    private const int Workers = 6;
    private const int PerWorker = 10;

    private readonly LibraryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Add_FromManyThreads_KeepsEverything()
    {
        using (DirectoryBlockLibrary library = _folder.Open())
        {
            TorchWorkers.Run(Workers, worker =>
            {
                for (int i = 0; i < PerWorker; i++)
                {
                    int layer = (worker * PerWorker) + i;
                    library.Add(Key(layer), "r", Weights(layer), LibraryFolder.Curve);
                    library.AddScore(LibraryFolder.Score(layer));
                    Assert.NotNull(library.Find(Key(layer), "r"));
                    Assert.Contains(library.Variants, variant => variant.Key.Layer == layer);
                }
            });
            AssertComplete(library);
        }
        using DirectoryBlockLibrary reopened = _folder.Open();
        AssertComplete(reopened);
    }

    [Fact]
    public void Add_SameVariantFromManyThreads_KeepsOneWhole()
    {
        using DirectoryBlockLibrary library = _folder.Open();
        TorchWorkers.Run(Workers, worker =>
        {
            for (int i = 0; i < PerWorker; i++)
            {
                library.Add(Key(0), "r", Weights((worker * PerWorker) + i), []);
                Assert.NotNull(library.Find(Key(0), "r"));
            }
        });

        using var scope = NewDisposeScope();
        SubblockVariant last = Assert.Single(library.Variants);
        Assert.Equal(last.WeightsDigest, WeightsDigest.Of(library.ReadWeights(last)));
        Assert.Single(Directory.GetFileSystemEntries(_folder.VariantsFolder));
    }

    private static SubblockKey Key(int layer) => new(layer, SubblockKind.Ffn, "352");

    private static Dictionary<string, Tensor> Weights(int value) => new() { ["w"] = tensor(new[] { value, value + 1f, value + 2f }) };

    private static void AssertComplete(DirectoryBlockLibrary library)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(Enumerable.Range(0, Workers * PerWorker), library.Variants.Select(variant => variant.Key.Layer));
        foreach (SubblockVariant variant in library.Variants)
        {
            Assert.Equal(variant, library.Find(variant.Key, variant.Recipe));
            Assert.Equal(WeightsDigest.Of(Weights(variant.Key.Layer)), variant.WeightsDigest);
            Assert.True(LibraryFolder.HasIntactScore(library, variant.Key.Layer));
        }
    }
}
