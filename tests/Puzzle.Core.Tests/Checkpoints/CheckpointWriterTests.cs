using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Tests.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints;

public sealed class CheckpointWriterTests
{
    [Theory]
    [InlineData(ScalarType.Float32, long.MaxValue, false)]
    [InlineData(ScalarType.Float32, 1, true)]
    [InlineData(ScalarType.Float16, 600, false)]
    [InlineData(ScalarType.BFloat16, 600, true)]
    public void Save_AnyTypeAndLayout_ReadsBackBitForBit(ScalarType type, long maxShardBytes, bool tied)
    {
        using var parent = new TemporaryFolder();
        using var scope = NewDisposeScope();
        ModelConfig config = TinyCheckpoint.Config with { TieWordEmbeddings = tied };
        Dictionary<string, Tensor> weights = TinyCheckpoint.Weights(config);
        string folder = Path.Combine(parent.Path, "child");

        CheckpointWriter.Save(folder, config, weights, type, new CheckpointWriterOptions { MaxShardBytes = maxShardBytes });

        using CheckpointFolder read = CheckpointFolder.Open(folder);
        ConfigText.AssertEqual(config, read.Config);
        Assert.Equal(type, read.Type);
        foreach ((string name, Tensor weight) in weights)
            TinyCheckpoint.AssertSame(weight.to(type), read.Read(name));
        Assert.Equal(maxShardBytes == long.MaxValue, File.Exists(Path.Combine(folder, "model.safetensors")));
        Assert.Equal(maxShardBytes != long.MaxValue, File.Exists(Path.Combine(folder, "model.safetensors.index.json")));
        Assert.Equal([folder], Directory.GetFileSystemEntries(parent.Path));
    }

    [Fact]
    public void Save_ShardLimit_IsKeptByFilesOfSeveralTensors()
    {
        using var parent = new TemporaryFolder();
        string folder = TinyCheckpoint.Save(parent.Path, maxShardBytes: 1000);
        string[] shards = Directory.GetFiles(folder, "*.safetensors");
        Assert.True(shards.Length > 3);
        foreach (string shard in shards)
        {
            Assert.Matches(@"model-000\d\d-of-000" + shards.Length.ToString("D2", null) + @"\.safetensors$", shard);
            using var reader = new SafetensorsReader(shard);
            Assert.True(reader.Tensors.Count == 1 || reader.Tensors.Values.Sum(tensor => tensor.Length) <= 1000);
        }
    }

    [Fact]
    public void Save_WeightsMadeOnDemand_AreDisposedAndOthersKept()
    {
        using var parent = new TemporaryFolder();
        string source = TinyCheckpoint.Save(parent.Path);
        using CheckpointFolder read = CheckpointFolder.Open(source);
        using Tensor norm = read.Read(WeightNames.FinalNorm);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        string copy = Path.Combine(parent.Path, "copy");
        CheckpointWriter.Save(copy, read.Config, name => name == WeightNames.FinalNorm ? norm : read.Read(name), ScalarType.Float32);

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(8, norm.numel());
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(source, "model.safetensors")), File.ReadAllBytes(Path.Combine(copy, "model.safetensors")));
    }

    [Fact]
    public void Save_OverOtherLayout_ReplacesCheckpointAndKeepsOtherFiles()
    {
        using var parent = new TemporaryFolder();
        string folder = TinyCheckpoint.Save(parent.Path, maxShardBytes: 600);
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "mine");
        ModelConfig config = TinyCheckpoint.Config with { TieWordEmbeddings = true };

        TinyCheckpoint.Save(parent.Path, config);

        Assert.Equal(["config.json", "model.safetensors", "notes.txt"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        using (CheckpointFolder read = CheckpointFolder.Open(folder))
            Assert.True(read.Config.TieWordEmbeddings);
        TinyCheckpoint.Save(parent.Path, maxShardBytes: 600);
        using CheckpointFolder again = CheckpointFolder.Open(folder);
        Assert.False(File.Exists(Path.Combine(folder, "model.safetensors")));
    }

    [Theory]
    [InlineData(float.NaN, ScalarType.Float32)]
    [InlineData(float.PositiveInfinity, ScalarType.BFloat16)]
    [InlineData(1e30f, ScalarType.Float16)]
    public void Save_NotFiniteWhenStored_ThrowsAndKeepsOldCheckpoint(float value, ScalarType type)
    {
        using var parent = new TemporaryFolder();
        using var scope = NewDisposeScope();
        string folder = TinyCheckpoint.Save(parent.Path);
        byte[] old = File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        Dictionary<string, Tensor> weights = TinyCheckpoint.Weights(TinyCheckpoint.Config);
        weights[WeightNames.Head][3, 4] = tensor(value);

        var exception = Assert.Throws<ArgumentException>(() => CheckpointWriter.Save(folder, TinyCheckpoint.Config, weights, type));

        Assert.Contains(WeightNames.Head, exception.Message, StringComparison.Ordinal);
        Assert.Equal(old, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        Assert.Equal([folder], Directory.GetFileSystemEntries(parent.Path));
    }

    [Fact]
    public void Save_WrongWeights_ThrowsAndWritesNothing()
    {
        using var parent = new TemporaryFolder();
        using var scope = NewDisposeScope();
        string folder = Path.Combine(parent.Path, "child");
        ModelConfig config = TinyCheckpoint.Config;
        Action<Dictionary<string, Tensor>>[] faults =
        [
            weights => weights.Remove(WeightNames.FinalNorm),
            weights => weights.Add("model.layers.2.input_layernorm.weight", ones(8)),
            weights => weights[WeightNames.FinalNorm] = ones(1),
            weights => weights[WeightNames.FinalNorm] = ones(1, 8),
        ];
        foreach (Action<Dictionary<string, Tensor>> fault in faults)
        {
            Dictionary<string, Tensor> weights = TinyCheckpoint.Weights(config);
            fault(weights);
            Assert.Throws<ArgumentException>(() => CheckpointWriter.Save(folder, config, weights, ScalarType.Float32));
        }
        Assert.Throws<ArgumentException>(() => CheckpointWriter.Save(folder, config, TinyCheckpoint.Weights(config), ScalarType.Int64));
        Assert.Throws<ArgumentException>(
            () => CheckpointWriter.Save(folder, config with { HeadSize = 3 }, TinyCheckpoint.Weights(config), ScalarType.Float32));
        Assert.Empty(Directory.GetFileSystemEntries(parent.Path));
    }

    [Fact]
    public void Save_TokenizerFolder_CopiesItsFilesOnly()
    {
        using var parent = new TemporaryFolder();
        using var tokenizer = new TemporaryFolder();
        using var scope = NewDisposeScope();
        tokenizer.Write("tokenizer.json", "{}");
        tokenizer.Write("generation_config.json", "{}");
        tokenizer.Write("config.json", "not ours");
        string folder = Path.Combine(parent.Path, "child");

        CheckpointWriter.Save(
            folder, TinyCheckpoint.Config, TinyCheckpoint.Weights(TinyCheckpoint.Config), ScalarType.Float32,
            new CheckpointWriterOptions { TokenizerFolder = tokenizer.Path });

        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors", "puzzle-digests.json", "tokenizer.json"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        CheckpointFolder.Open(folder).Dispose();
    }
}
