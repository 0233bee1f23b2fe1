using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Tests.Training;
using Puzzle.Text;

namespace Puzzle.Tests.Blockwise;

public sealed class BlockwiseDistillerTests
{
    private static readonly PackedTokenDataset Text = BlockwiseCases.Text;

    [Fact]
    public async Task DistillAsync_EveryTrainedVariant_LowersItsHeldOutLoss()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary started = new(), trained = new();
        SearchSpace space = Space(parent);

        PackedTokenDataset text = TinyModel.Windows(204);

        // Next to no learning rate: the loss of the start, on the same held-out windows.
        await Distiller(100, learningRate: 1e-9).DistillAsync(Request(parent, started, space) with { Data = text });
        BlockwiseDistillationResult result = await Distiller(100, learningRate: 3e-3)
            .DistillAsync(Request(parent, trained, space) with { Data = text });

        Assert.Equal(3 * 8, result.Variants.Count);
        var before = started.Variants.ToDictionary(variant => variant.Key, started.ReadCurve);
        foreach (SubblockVariant variant in trained.Variants)
        {
            IReadOnlyList<LossRecord> curve = trained.ReadCurve(variant);
            if (variant.Key.Config == "noop")
            {
                Assert.Empty(curve);
                continue;
            }
            Assert.Equal(100, curve.Count);
            double first = before[variant.Key][^1].HeldOutLoss!.Value, last = curve[^1].HeldOutLoss!.Value;
            Assert.True(last < 0.95 * first, $"{variant.Key}: {first} became {last}");
        }
    }

    [Fact]
    public async Task DistillAsync_AnyNumberOfWorkers_GivesTheSameBits()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using MemoryBlockLibrary one = new(), three = new();

        BlockwiseDistillationResult alone = await Distiller(4, workers: 1).DistillAsync(Request(parent, one, Space(parent)));
        BlockwiseDistillationResult together = await Distiller(4, workers: 3).DistillAsync(Request(parent, three, Space(parent)));

        Assert.Equal(alone.Variants, together.Variants);
        Assert.All(one.Variants, variant => Assert.Equal(one.ReadCurve(variant), three.ReadCurve(variant)));
    }

    [Fact]
    public async Task DistillAsync_ResumedAfterCancellation_MakesTheSameFiles()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = TinyModel.Loud();
        BlockwiseDistiller distiller = Distiller(4, workers: 2);
        using DirectoryBlockLibrary whole = DirectoryBlockLibrary.Open(
            folder["whole"], "parent"), part = DirectoryBlockLibrary.Open(folder["part"], "parent");
        BlockwiseDistillationResult expected = await distiller.DistillAsync(Request(parent, whole, Space(parent)));

        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => distiller.DistillAsync(
            Request(parent, part, Space(parent)), new CancelAt(8, cancellation), cancellation.Token));
        Assert.InRange(part.Variants.Count, 8, 17);
        BlockwiseDistillationResult result = await distiller.DistillAsync(Request(parent, part, Space(parent)));

        Assert.Equal(expected.Variants, result.Variants);
        string[] files = [.. Files("whole")];
        Assert.Equal(18, files.Length);
        Assert.Equal(files, Files("part"));
        Assert.All(files, file => Assert.Equal(
            File.ReadAllBytes(Path.Combine(folder["whole"], file)), File.ReadAllBytes(Path.Combine(folder["part"], file))));

        IEnumerable<string> Files(string name) =>
            Directory.EnumerateFiles(folder[name], "*.safetensors", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(folder[name], file))
                .Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task DistillAsync_LargerSpace_KeepsWhatIsThere()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationResult first = await Distiller(2).DistillAsync(Request(parent, library, Space(parent)));
        int before = library.Added.Count;
        SearchSpace larger = SearchSpace.Uniform(
            parent.Config.Architecture, [.. Space(parent).AllAttention], [.. Space(parent).AllFfn, new GatedFfnConfig(8)]);

        BlockwiseDistillationResult second = await Distiller(2).DistillAsync(Request(parent, library, larger));

        Assert.Equal(["8", "8", "8"], library.Added.Skip(before).Select(key => key.Config));
        Assert.Equal(
            first.Variants.Select(variant => variant.Id),
            second.Variants.Where(variant => variant.Key.Config != "8").Select(variant => variant.Id));
    }

    [Fact]
    public async Task DistillAsync_AgainWithTheSameInputs_ComputesNothing()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        await Distiller(2).DistillAsync(Request(parent, library, Space(parent)));
        int before = library.Added.Count;

        await Distiller(2, workers: 3).DistillAsync(Request(parent, library, Space(parent)));
        Assert.Equal(before, library.Added.Count);

        await Distiller(3).DistillAsync(Request(parent, library, Space(parent)));
        Assert.Equal(2 * before, library.Added.Count);
        await Distiller(2).DistillAsync(Request(parent, library, Space(parent)) with { Data = TinyModel.Windows(24, seed: 4) });
        Assert.Equal(3 * before, library.Added.Count);
    }

    [Fact]
    public async Task DistillAsync_ParentWithoutAttention_StillPrunesItsFfns()
    {
        using CausalLanguageModel parent = TinyModel.Loud(TinyModel.Mixed());
        using var library = new MemoryBlockLibrary();

        BlockwiseDistillationResult result = await Distiller(2)
            .DistillAsync(Request(parent, library, SearchSpace.Create(parent.Config, [25], 4, withLinear: true)));

        Assert.Contains(result.Variants, variant => variant.Key == new SubblockKey(4, SubblockKind.Ffn, "12"));
        Assert.All(Enumerable.Range(0, 6), layer => Assert.Equal(
            parent.Config.Architecture[layer].Attention.Name, result.Variants.First(variant => variant.Key.Layer == layer).Key.Config));
    }

    [Fact]
    public async Task DistillAsync_WrongRequest_Throws()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        BlockwiseDistillationRequest request = Request(parent, library, Space(parent));
        Architecture shallow = TinyModel.Config(layers: 2).Architecture;
        BlockwiseDistiller distiller = Distiller(1);

        await Assert.ThrowsAsync<ArgumentException>(() => distiller.DistillAsync(request with { Parent = new(parent, "another") }));
        await Assert.ThrowsAsync<ArgumentException>(
            () => distiller.DistillAsync(request with { SearchSpace = SearchSpace.Uniform(shallow, [], []) }));
        await Assert.ThrowsAsync<ArgumentException>(
            () => distiller.DistillAsync(request with { Data = PackedTokenDataset.FromWindows([[1, 2]], TinyModel.Vocabulary + 1) }));
        await Assert.ThrowsAsync<ArgumentException>(() => distiller.DistillAsync(request with { Data = TinyModel.Windows(3) }));
        await Assert.ThrowsAsync<ArgumentException>(() => distiller.DistillAsync(
            request with { SearchSpace = SearchSpace.Uniform(request.SearchSpace.Parent, [], [new GatedFfnConfig(49)]) }));
        Assert.Empty(library.Added);
    }

    private static SearchSpace Space(CausalLanguageModel parent) => BlockwiseCases.Space(parent);

    private static BlockwiseDistiller Distiller(int steps, int workers = 2, double learningRate = 1e-2) =>
        new(BlockwiseCases.Options(steps, workers, learningRate));

    private static BlockwiseDistillationRequest Request(CausalLanguageModel parent, IBlockLibrary library, SearchSpace space) =>
        BlockwiseCases.Request(parent, library, space);
}
