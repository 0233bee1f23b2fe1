using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Models;

public sealed class TensorStoreTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Item_SpilledOrNot_GivesTheRoundedValues(ScalarType type)
    {
        using var folder = new TestFolder();
        using var scope = NewDisposeScope();
        Tensor[] values = [.. Enumerable.Range(0, 5).Select(i => randn(i == 4 ? 1 : 2, 3, 4))];
        foreach (int kept in new[] { 0, 2, 5 })
        {
            using TensorStore store = Store(5, type, kept, folder.Path);
            for (int i = 4; i >= 0; i--)
                store.Set(i, zeros(2, 3, 4));
            for (int i = 0; i < 5; i++)
                store.Set(i, values[i]);

            Assert.Equal(5 - kept, store.Spilled);
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal(values[i].shape, store[i].shape);
                Assert.Equal(values[i].to(type).to(ScalarType.Float32).data<float>().ToArray(), store[i].data<float>().ToArray());
            }
            Assert.Equal(5, store.ToArray().Length);
            if (!OperatingSystem.IsWindows())
                Assert.Empty(Directory.GetFiles(folder.Path));
        }
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Item_NotSet_Throws()
    {
        using TensorStore store = Store(2, ScalarType.Float32, 2, "");

        Assert.Throws<InvalidOperationException>(() => store[1]);
    }

    [Fact]
    public void Set_ManyThreads_KeepsEachTensor()
    {
        using var folder = new TestFolder();
        using TensorStore store = Store(64, ScalarType.Float32, 7, folder.Path);

        Puzzle.Native.TorchWorkers.ForEach(
            4, [.. Enumerable.Range(0, 64)], i => store.Set(i, full([2, 3, 4], i, ScalarType.Float32)), CancellationToken.None);

        using var scope = NewDisposeScope();
        Assert.All(Enumerable.Range(0, 64), i => Assert.Equal(i, store[i].mean().item<float>()));
    }

    [Fact]
    public void Create_FolderThatCannotBeWritten_Throws()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["file"], "");

        IOException exception = Assert.Throws<IOException>(() => Store(2, ScalarType.Float32, 1, folder["file"]));

        Assert.Contains(folder["file"], exception.Message, StringComparison.Ordinal);
        Assert.Contains("96 bytes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_MoreThanTheDiskHolds_ThrowsAtOnceAndLeavesNothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reserving space is certain to fail at once on Linux");
        using var folder = new TestFolder();

        Assert.Throws<IOException>(() => new TensorStore(1, 1L << 58, ScalarType.Float32, ScalarType.Float32, CPU, 0, folder.Path));

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static TensorStore Store(int count, ScalarType type, int kept, string folder) =>
        new(count, 24, type, ScalarType.Float32, CPU, kept * 24 * (type == ScalarType.Float32 ? 4 : 2), folder);
}
