using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Tests.Blockwise;

public sealed class StreamedBlockwiseTests
{
    // 100 batches of 2 windows: more than the tight bound keeps in memory.
    private static readonly PackedTokenDataset Text = TinyModel.Windows(200);

    [Theory]
    [InlineData(1 << 30)]
    [InlineData(Tight)]
    public async Task DistillAsync_StreamedParent_MakesTheResidentVariants(long workBytes)
    {
        using var models = new StreamedModel(workBytes: workBytes);
        using MemoryBlockLibrary resident = new(), streamed = new();

        BlockwiseDistillationResult expected = await Distiller(ElementType.BFloat16).DistillAsync(Request(models.Resident, resident));
        BlockwiseDistillationResult result = await Distiller(null).DistillAsync(Request(models.Streamed, streamed));

        Assert.Equal(expected.Variants, result.Variants);
        Assert.All(resident.Variants, variant => Assert.Equal(resident.ReadCurve(variant), streamed.ReadCurve(variant)));
        Assert.Equal(1, models.Streamed.Stream!.PeakLoadedLayers);
        // Once to train, once to name the parent's own variants.
        Assert.Equal(2 * 3, models.Streamed.Stream.Reads);
        AssertNothingLeft(models);
    }

    [Fact]
    public async Task DistillAsync_LastLayerAlone_MakesTheVariantsOfTheWholeRun()
    {
        using var models = new StreamedModel(workBytes: Tight);
        using MemoryBlockLibrary whole = new(), alone = new();

        BlockwiseDistillationResult expected = await Distiller(null).DistillAsync(Request(models.Streamed, whole));
        BlockwiseDistillationResult result = await Distiller(null).DistillAsync(Request(models.Streamed, alone) with { Layers = 2.. });

        Assert.Equal(expected.Variants.Where(variant => variant.Key.Layer == 2), result.Variants);
    }

    [Fact]
    public void TightBound_TheseBatches_SpillMostActivations()
    {
        using var models = new StreamedModel(workBytes: Tight);

        Assert.InRange(models.Streamed.Budget.ActivationBytes / 3, 1, 50 * 2 * 16 * 32 * sizeof(short));
    }

    [Fact]
    public async Task DistillAsync_OtherActivationType_MakesOtherVariants()
    {
        using var models = new StreamedModel(workBytes: Tight);
        using MemoryBlockLibrary resident = new(), streamed = new();

        BlockwiseDistillationResult exact = await Distiller(ElementType.Float32).DistillAsync(Request(models.Streamed, streamed));
        int made = streamed.Added.Count;
        BlockwiseDistillationResult rounded = await Distiller(null).DistillAsync(Request(models.Streamed, streamed));
        BlockwiseDistillationResult expected = await Distiller(null).DistillAsync(Request(models.Resident, resident));

        Assert.Equal(expected.Variants, exact.Variants);
        Assert.Equal(2 * made, streamed.Added.Count);
        Assert.NotEqual(exact.Variants, rounded.Variants);
    }

    [Fact]
    public async Task DistillAsync_CanceledOrFailed_LeavesNoFilesAndResumes()
    {
        using var models = new StreamedModel(workBytes: Tight);
        using MemoryBlockLibrary whole = new(), part = new();
        BlockwiseDistillationResult expected = await Distiller(null).DistillAsync(Request(models.Streamed, whole));

        using var cancellation = new CancellationTokenSource();
        part.OnAdd = () =>
        {
            if (part.Added.Count == 3)
                cancellation.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Distiller(null).DistillAsync(Request(models.Streamed, part), cancellationToken: cancellation.Token));
        AssertNothingLeft(models);
        part.OnAdd = () => throw new IOException("the disk is full");
        await Assert.ThrowsAsync<IOException>(() => Distiller(null).DistillAsync(Request(models.Streamed, part)));
        AssertNothingLeft(models);
        part.OnAdd = null;
        BlockwiseDistillationResult result = await Distiller(null).DistillAsync(Request(models.Streamed, part));

        Assert.Equal(expected.Variants, result.Variants);
        AssertNothingLeft(models);
    }

    [Fact]
    public async Task DistillAsync_ScratchFolderThatIsAFile_FailsBeforeAnyTraining()
    {
        using var models = new StreamedModel(workBytes: Tight);
        using var library = new MemoryBlockLibrary();
        File.WriteAllText(models.Scratch, "");

        IOException exception = await Assert.ThrowsAsync<IOException>(
            () => Distiller(null).DistillAsync(Request(models.Streamed, library)));

        Assert.Contains(models.Scratch, exception.Message, StringComparison.Ordinal);
        Assert.Empty(library.Added);
        File.Delete(models.Scratch);
    }

    [Fact]
    public async Task DistillAsync_BoundThatFitsNoVariant_SaysSo()
    {
        using var models = new StreamedModel(workBytes: 0);
        using var library = new MemoryBlockLibrary();

        Assert.Contains(
            "MaxMemoryBytes",
            (await Assert.ThrowsAsync<ArgumentException>(() => Distiller(null).DistillAsync(Request(models.Streamed, library)))).Message,
            StringComparison.Ordinal);
    }

    private const int Tight = 1_000_000;

    private static void AssertNothingLeft(StreamedModel models)
    {
        if (Directory.Exists(models.Scratch))
            Assert.Empty(Directory.GetFileSystemEntries(models.Scratch));
    }

    private static BlockwiseDistiller Distiller(ElementType? activations) => new(new BlockwiseDistillationOptions
    {
        Steps = 90,
        BatchSize = 2,
        CalibrationWindows = 4,
        HeldOutWindows = 4,
        Workers = 2,
        ActivationType = activations,
    });

    private static BlockwiseDistillationRequest Request(CausalLanguageModel parent, IBlockLibrary library) =>
        new(new(parent, "parent"), Text, SearchSpace.Uniform(
        parent.Config.Architecture,
        [new GroupedQueryAttentionConfig(1), new NoOpAttentionConfig()],
        [new GatedFfnConfig(16), new LinearFfnConfig()]), library);
}
