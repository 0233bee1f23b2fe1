using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Models;

public sealed class StreamedModelTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Forward_StreamedModel_GivesTheResidentLogits(bool mixed)
    {
        using var models = new StreamedModel(mixed ? TinyModel.Mixed() : null);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Assert.True(Directory.GetFiles(models.Checkpoint, "model-*.safetensors").Length > 2);
        Tensor ids = TokenBatch.OfWindows(TinyModel.Windows(3), [0, 1, 2], CPU);
        Tensor expected = models.Resident.Forward(ids);

        // The second pass finds the head in memory, and with it the embedding where they are tied.
        Assert.Equal(expected.data<float>().ToArray(), models.Streamed.Forward(ids).data<float>().ToArray());
        Assert.Equal(expected.data<float>().ToArray(), models.Streamed.Forward(ids).data<float>().ToArray());

        using KeyValueCache cache = new(models.Resident, 3, 16), streamedCache = new(models.Streamed, 3, 16);
        Assert.Equal(models.Resident.Forward(ids, cache).data<float>().ToArray(),
            models.Streamed.Forward(ids, streamedCache).data<float>().ToArray());
        Assert.Equal(1, models.Streamed.Stream!.PeakLoadedLayers);
        Assert.Equal(models.Resident.ParameterCount, models.Streamed.ParameterCount);
    }

    [Fact]
    public void Evaluate_StreamedModelOnManyThreads_HoldsTwoLayersAtMost()
    {
        using var models = new StreamedModel(TinyModel.Config(layers: 6));

        ModelEvaluation expected = ModelEvaluator.Evaluate(models.Resident, models.Resident, TinyModel.Windows(12), workers: 1);
        ModelEvaluation evaluation = ModelEvaluator.Evaluate(models.Streamed, models.Resident, TinyModel.Windows(12), workers: 6);

        Assert.Equal(expected, evaluation);
        Assert.InRange(models.Streamed.Stream!.PeakLoadedLayers, 1, LayerStream.MaxLoadedLayers);
    }

    [Fact]
    public void Borrow_WhileBorrowed_SharesTheLayer()
    {
        using var models = new StreamedModel();
        BlockLease first = models.Streamed.Borrow(1), second = models.Streamed.Borrow(1);
        TransformerBlock block = first.Block;
        Assert.Same(block, second.Block);

        first.Dispose();
        first.Dispose();
        Assert.False(block.Ffn.Weights[WeightNames.Up].IsInvalid);
        second.Dispose();
        Assert.True(block.Ffn.Weights[WeightNames.Up].IsInvalid);

        using BlockLease again = models.Streamed.Borrow(1);
        Assert.NotSame(block, again.Block);
        Assert.Equal(2, models.Streamed.Stream!.Reads);
        using BlockLease resident = models.Resident.Borrow(1);
        Assert.Same(models.Resident.Blocks[1], resident.Block);
        Assert.Throws<ArgumentOutOfRangeException>(() => models.Streamed.Borrow(3));
    }

    [Fact]
    public void Borrow_LayerThatBecameDamaged_FailsAndCanBeTriedAgain()
    {
        using var models = new StreamedModel();
        using (var writer = new FileStream(Directory.GetFiles(models.Checkpoint, "model-*.safetensors").Order(StringComparer.Ordinal)
            .Last(), FileMode.Open, FileAccess.Write))
            writer.SetLength(writer.Length / 2);

        int failures = 0;
        for (int layer = 0; layer < 3; layer++)
        {
            for (int attempt = 0; attempt < 3; attempt++)
            {
                try
                {
                    models.Streamed.Borrow(layer).Dispose();
                }
                catch (CheckpointFormatException)
                {
                    failures++;
                }
            }
        }
        Assert.True(failures >= 3);
    }

    [Fact]
    public void LoadSubblock_ParentsOwn_OutlivesTheLease()
    {
        using var models = new StreamedModel();
        using var library = new MemoryBlockLibrary();
        using var scope = NewDisposeScope();
        BlockVariant own = TinyModel.OwnBlock(models.Resident, 2);

        using Subblock ffn = library.LoadSubblock(own.Ffn, models.Streamed);
        Assert.Equal(own.Ffn.WeightsDigest, WeightsDigest.Of(ffn.Weights));

        using CausalLanguageModel child = library.Assemble(
            [.. Enumerable.Range(0, 3).Select(layer => TinyModel.OwnBlock(models.Resident, layer))], models.Streamed);
        Assert.All(child.Weights.Zip(models.Resident.Weights),
            pair => Assert.Equal(pair.Second.Value.data<float>().ToArray(), pair.First.Value.data<float>().ToArray()));
    }

    [Fact]
    public void Save_StreamedModel_WritesTheSameCheckpoint()
    {
        using var models = new StreamedModel(TinyModel.Mixed());
        using var folder = new TestFolder();

        models.Resident.Save(folder["resident"]);
        models.Streamed.Save(folder["streamed"]);

        Assert.Equal(File.ReadAllBytes(folder["resident/model.safetensors"]), File.ReadAllBytes(folder["streamed/model.safetensors"]));
    }

    [Fact]
    public void WholeModel_StreamedModel_IsRefused()
    {
        using var models = new StreamedModel();

        Assert.Contains("Borrow", Assert.Throws<InvalidOperationException>(() => models.Streamed.Blocks).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => models.Streamed.Weights);
        using var ids = tensor(new long[] { 1, TinyModel.Vocabulary }, [1, 2]);
        Assert.ThrowsAny<ArgumentException>(() => models.Streamed.Embed(ids));
    }

    [Fact]
    public void Open_BoundBelowTheLeast_SaysWhatIsNeeded()
    {
        using var models = new StreamedModel();
        long least = models.LeastBytes;

        Assert.Throws<ArgumentException>(
            () => CausalLanguageModel.Open(models.Checkpoint, new StreamingOptions { MaxMemoryBytes = least - 1 }));
        CausalLanguageModel.Open(models.Checkpoint, new StreamingOptions { MaxMemoryBytes = least }).Dispose();
        Assert.Throws<Microsoft.Extensions.Options.OptionsValidationException>(
            () => CausalLanguageModel.Open(models.Checkpoint, new StreamingOptions { MaxMemoryBytes = 0 }));
    }

    [Fact]
    public void Workers_LittleMemory_AreFewerOrRefused()
    {
        using var models = new StreamedModel(workBytes: 400_000);
        long available = models.Streamed.Budget.WorkBytes - models.Streamed.Budget.ActivationBytes;

        Assert.Equal(8, MemoryBudget.Unbounded.Workers(8, 1L << 50, "anything"));
        Assert.Equal(2, models.Streamed.Budget.Workers(2, available / 3, "training"));
        Assert.Equal(3, models.Streamed.Budget.Workers(8, available / 3, "training"));
        Assert.Contains("training",
            Assert.Throws<ArgumentException>(() => models.Streamed.Budget.Workers(8, available + 1, "training")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void RandomSave_AnyShape_IsACheckpointOfRandomWeights()
    {
        using var folder = new TestFolder();

        RandomWeights.Save(folder["model"], TinyModel.Mixed(), seed: 3, options: new CheckpointWriterOptions { MaxShardBytes = 10_000 });

        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder["model"]);
        Assert.Equal(ScalarType.BFloat16, checkpoint.Type);
        using var scope = NewDisposeScope();
        Assert.InRange(checkpoint.Read(WeightNames.Embedding).to(ScalarType.Float32).std().item<float>(), 0.018f, 0.022f);
        RandomWeights.Save(folder["whole"], TinyModel.Mixed(), seed: 3);
        RandomWeights.Save(folder["other"], TinyModel.Mixed(), seed: 4);
        Assert.Equal(Fingerprint("model"), Fingerprint("whole"));
        Assert.NotEqual(Fingerprint("model"), Fingerprint("other"));

        string Fingerprint(string name)
        {
            using CheckpointFolder opened = CheckpointFolder.Open(folder[name]);
            return opened.ComputeFingerprint(TestContext.Current.CancellationToken);
        }
    }
}
