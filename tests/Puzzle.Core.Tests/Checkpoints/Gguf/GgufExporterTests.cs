using Microsoft.Extensions.Options;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Checkpoints.Gguf;
using Puzzle.Models;
using Puzzle.Tests.Text;
using Puzzle.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints.Gguf;

public sealed class GgufExporterTests
{
    [Fact]
    public void Export_UniformModel_IsLlamaWithScalarSizes()
    {
        using var folder = new TemporaryFolder();
        using CausalLanguageModel model = StoriesChild.Create();

        (GgufFile file, ExportReport report) = Export(
            folder, model, new GgufExportOptions { TensorType = GgufTensorType.F32, Name = "stories" });

        Assert.Empty(report.Changes);
        Assert.Equal("llama", file.Metadata["general.architecture"]);
        Assert.Equal("stories", file.Metadata["general.name"]);
        Assert.Equal(5u, file.Metadata["llama.block_count"]);
        Assert.Equal(8u, file.Metadata["llama.attention.head_count"]);
        Assert.Equal(4u, file.Metadata["llama.attention.head_count_kv"]);
        Assert.Equal(172u, file.Metadata["llama.feed_forward_length"]);
        Assert.Equal(8u, file.Metadata["llama.rope.dimension_count"]);
        Assert.Equal(1e-5f, file.Metadata["llama.attention.layer_norm_rms_epsilon"]);
        Assert.Equal([64, 512], file.Tensors["token_embd.weight"].Sizes);
        Assert.False(file.Tensors.ContainsKey("output.weight"));
        Assert.Equal(2 + (5 * 9), file.Tensors.Count);
        Assert.Equal(model.Embedding.data<float>().ToArray(), file.Tensors["token_embd.weight"].Values());
    }

    [Fact]
    public void Export_TellsProgress_AndStopsBetweenTensorsWithoutAFile()
    {
        using var folder = new TemporaryFolder();
        using CausalLanguageModel model = StoriesChild.Create();
        string file = Path.Combine(folder.Path, "model.gguf");
        var options = new GgufExportOptions { Tokenizer = StoriesChild.LoadTokenizer() };
        using var stop = new CancellationTokenSource();
        var shares = new List<double>();
        var progress = new SynchronousProgress(share =>
        {
            shares.Add(share);
            if (shares.Count == 3)
                stop.Cancel();
        });

        Assert.Throws<OperationCanceledException>(() => GgufExporter.Export(model, file, options, progress, stop.Token));
        Assert.Equal(3, shares.Count);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));

        shares.Clear();
        GgufExporter.Export(model, file, options, new SynchronousProgress(shares.Add));
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);
    }

    [Fact]
    public void Export_WithoutATokenizer_IsRefused()
    {
        using CausalLanguageModel model = TinyModel.Create();
        var refused = Assert.Throws<OptionsValidationException>(() => GgufExporter.Export(model, "model.gguf", new GgufExportOptions()));
        Assert.Contains("Tokenizer must be given", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_QueryAndKey_InterleaveTheHalvesOfEachHead()
    {
        using var folder = new TemporaryFolder();
        using CausalLanguageModel model = StoriesChild.Create("1:gqa-1/172");

        (GgufFile file, _) = Export(folder, model, new GgufExportOptions { TensorType = GgufTensorType.F32 });

        float[] key = model.Blocks[1].Attention.Weights[WeightNames.Key].data<float>().ToArray();
        int[] order = [0, 4, 1, 5, 2, 6, 3, 7];
        Assert.Equal(order.SelectMany(row => key.AsSpan(row * 64, 64).ToArray()), file.Tensors["blk.1.attn_k.weight"].Values());
        float[] query = model.Blocks[1].Attention.Weights[WeightNames.Query].data<float>().ToArray();
        Assert.Equal(query[(12 * 64)..(13 * 64)], file.Tensors["blk.1.attn_q.weight"].Values()[(9 * 64)..(10 * 64)]);
    }

    [Fact]
    public void Export_Heterogeneous_IsDeciWithSizesPerLayerAndReportsReplacements()
    {
        using var folder = new TemporaryFolder();
        using CausalLanguageModel model = StoriesChild.Create("0:noop/172 1:linear/64 2:noop/noop 3:gqa-2/noop 4:noop/172");

        (GgufFile file, ExportReport report) = Export(folder, model);

        Assert.Equal("deci", file.Metadata["general.architecture"]);
        Assert.Equal([8, 8, 8, 0], (object[])file.Metadata["deci.attention.head_count"]);
        Assert.Equal([0, 0, 2, 0], (object[])file.Metadata["deci.attention.head_count_kv"]);
        Assert.Equal([172, 64, 32, 172], (object[])file.Metadata["deci.feed_forward_length"]);
        Assert.Equal("linear/172 linear/64 gqa-2/32 noop/172", report.Architecture.ToString());
        Assert.Equal(
            [(ExportChangeKind.AttentionAdded, 0), (ExportChangeKind.LayerRemoved, 2), (ExportChangeKind.FfnAdded, 3)],
            report.Changes.Select(change => (change.Kind, change.Layer ?? -1)));
        Assert.Equal(64 + (64 * 64) + 64 + (3 * 32 * 64), report.AddedParameters);
        Assert.All(file.Tensors["blk.0.attn_output.weight"].Values(), value => Assert.Equal(0, value));
        Assert.All(file.Tensors["blk.2.ffn_down.weight"].Values(), value => Assert.Equal(0, value));
        Assert.All(file.Tensors["blk.0.attn_norm.weight"].Values(), value => Assert.Equal(1, value));
        Assert.DoesNotContain("blk.3.attn_norm.weight", file.Tensors.Keys);
        Assert.Equal(1u, file.Tensors["blk.3.ffn_up.weight"].Type);
        Assert.Equal(0u, file.Tensors["blk.3.ffn_norm.weight"].Type);
    }

    [Fact]
    public void Export_Quantized_StoresBlocksAndReportsRowsThatDoNotFit()
    {
        using var folder = new TemporaryFolder();
        using CausalLanguageModel model = StoriesChild.Create("3:gqa-4/96");

        (GgufFile file, ExportReport report) = Export(folder, model, new GgufExportOptions { TensorType = GgufTensorType.Q8 });

        Assert.Equal(7u, file.Metadata["general.file_type"]);
        Assert.Equal([0, 1, 2, 4], report.Changes.Select(change => change.Layer!.Value));
        Assert.All(report.Changes, change => Assert.Equal(ExportChangeKind.StoredWider, change.Kind));
        Assert.Equal(1u, file.Tensors["blk.0.ffn_down.weight"].Type);
        Assert.Equal(8u, file.Tensors["blk.3.ffn_down.weight"].Type);
        float[] exact = model.Embedding.data<float>().ToArray(), stored = file.Tensors["token_embd.weight"].Values();
        for (int block = 0; block < exact.Length; block += 32)
        {
            float step = exact.AsSpan(block, 32).ToArray().Max(MathF.Abs) / 127;
            Assert.All(Enumerable.Range(block, 32), i => Assert.InRange(MathF.Abs(exact[i] - stored[i]), 0, step * 0.6f));
        }
    }

    [Fact]
    public void Export_ScaledRotary_StoresDivisorsThatGiveOurFrequencies()
    {
        using var folder = new TemporaryFolder();
        ModelConfig config = TinyModel.Mixed()
            with { VocabularySize = 512, HeadSize = 16, Architecture = Architecture.Uniform(1, BlockConfig.Parse("gqa-4/32")) };
        using CausalLanguageModel model = TinyModel.Create(config);

        (GgufFile file, _) = Export(folder, model);

        // factor 8, low 1, high 4, original 32: wavelengths 2 pi 10000^(i/8) below 8 are kept, those above 32 divided.
        float[] divisors = file.Tensors["rope_freqs.weight"].Values();
        Assert.Equal(8, divisors.Length);
        Assert.Equal(1, divisors[0]);
        Assert.InRange(divisors[1], 1.001f, 7.999f);
        Assert.All(divisors[2..], divisor => Assert.Equal(8, divisor));
        Assert.True(file.Tensors.ContainsKey("output.weight"));
    }

    [Fact]
    public void Export_FromDisk_GivesTheSameFile()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = StoriesChild.LoadTokenizer();
        using CausalLanguageModel model = StoriesChild.Create();
        Export(folder, model);
        string streamed = Path.Combine(folder.Path, "streamed.gguf");
        using (CheckpointFolder checkpoint = CheckpointFolder.Open(StoriesChild.Folder))
            GgufExporter.Export(
                checkpoint.Config, name => checkpoint.Read(name), streamed, new GgufExportOptions { Tokenizer = tokenizer });
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder.Path, "model.gguf")), File.ReadAllBytes(streamed));
    }

    [Theory]
    [InlineData("2:gqa-4/linear", "layer 2 is gqa-4/linear")]
    [InlineData("0:noop/noop 1:noop/noop 2:noop/noop 3:noop/noop 4:noop/noop", "no layer to export")]
    public void Export_UnsupportedBlock_ThrowsAndWritesNothing(string changes, string message)
    {
        using var folder = new TemporaryFolder();
        using CausalLanguageModel model = StoriesChild.Create(changes);
        var exception = Assert.Throws<NotSupportedException>(() => Export(folder, model));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData(float.NaN, GgufTensorType.F32)]
    [InlineData(1e6f, GgufTensorType.F16)]
    [InlineData(1e8f, GgufTensorType.Q8)]
    public void Export_WeightThatDoesNotFit_ThrowsAndKeepsOldFile(float value, GgufTensorType type)
    {
        using var folder = new TemporaryFolder();
        string old = folder.Write("model.gguf", "old");
        using CausalLanguageModel model = StoriesChild.Create();
        using (no_grad())
            model.Blocks[2].Ffn.Weights[WeightNames.Up].fill_(value.ToScalar());
        Assert.Throws<ArgumentException>(() => Export(folder, model, new GgufExportOptions { TensorType = type }));
        Assert.Equal("old", File.ReadAllText(old));
        Assert.Equal([old], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Export_TokenizerLargerThanModel_Throws()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = StoriesChild.LoadTokenizer();
        using CausalLanguageModel model = TinyModel.Create();
        var exception = Assert.Throws<ArgumentException>(
            () => GgufExporter.Export(model, Path.Combine(folder.Path, "model.gguf"), new GgufExportOptions { Tokenizer = tokenizer }));
        Assert.Contains("vocabulary of 512 tokens; the model's is 61", exception.Message, StringComparison.Ordinal);
    }

    private static (GgufFile File, ExportReport Report) Export(
        TemporaryFolder folder, CausalLanguageModel model, GgufExportOptions? options = null)
    {
        string file = Path.Combine(folder.Path, "model.gguf");
        options ??= new GgufExportOptions();
        options.Tokenizer = StoriesChild.LoadTokenizer();
        ExportReport report = GgufExporter.Export(model, file, options);
        return (GgufFile.Read(file), report);
    }
}
