using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Tests.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints;

public sealed class CheckpointFolderTests
{
    private static readonly ModelConfig Tied = TinyCheckpoint.Config with { TieWordEmbeddings = true };

    [Theory]
    [InlineData("TinyStories-656K", 656_000, "lm_head.weight")]
    [InlineData("stories260K/hf", 260_032, "model.embed_tokens.weight")]
    [InlineData("BabyLlama-tok105/hf", 936_448, "model.embed_tokens.weight")]
    public void Open_RealCheckpoint_HasDocumentedParameters(string data, long parameters, string storedName)
    {
        string path = SharedData.Require(data);
        using var scope = NewDisposeScope();
        using CheckpointFolder folder = CheckpointFolder.Open(path);
        Assert.Equal(parameters, ParameterCounter.Total(folder.Config));
        Assert.Equal(parameters, WeightNames.Model(folder.Config).Sum(weight => folder.Read(weight.Name).numel()));
        Assert.Equal(ScalarType.Float32, folder.Type);
        using var reader = new SafetensorsReader(Path.Combine(path, "model.safetensors"));
        TinyCheckpoint.AssertSame(reader.Read(storedName), folder.Read(WeightNames.Embedding));
        TinyCheckpoint.AssertSame(reader.Read(storedName), folder.Read(WeightNames.Head));
    }

    [Fact]
    public void Read_TiedUnderEitherOrBothNames_SameWeightAndFingerprint()
    {
        using var parent = new TemporaryFolder();
        using var scope = NewDisposeScope();
        string path = TinyCheckpoint.Save(parent.Path, Tied);
        string fingerprint = Fingerprint(path);
        Tensor embedding = TinyCheckpoint.Weights(Tied)[WeightNames.Embedding];

        TinyCheckpoint.Change(path, tensors => tensors.Add(WeightNames.Head, tensors[WeightNames.Embedding]));
        AssertEmbedding();
        TinyCheckpoint.Change(path, tensors => tensors.Remove(WeightNames.Embedding));
        AssertEmbedding();

        void AssertEmbedding()
        {
            using CheckpointFolder folder = CheckpointFolder.Open(path);
            TinyCheckpoint.AssertSame(embedding, folder.Read(WeightNames.Embedding));
            TinyCheckpoint.AssertSame(embedding, folder.Read(WeightNames.Head));
            Assert.Equal(fingerprint, folder.ComputeFingerprint());
        }
    }

    [Fact]
    public void ReadInto_OtherType_Converts()
    {
        using var parent = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using CheckpointFolder folder = CheckpointFolder.Open(TinyCheckpoint.Save(parent.Path));
        Tensor destination = zeros([10, 8], ScalarType.BFloat16);
        folder.ReadInto(WeightNames.Head, destination);
        TinyCheckpoint.AssertSame(folder.Read(WeightNames.Head).to(ScalarType.BFloat16), destination);
        Assert.Throws<CheckpointFormatException>(() => folder.ReadInto(WeightNames.FinalNorm, destination));
    }

    [Fact]
    public void Read_UnknownName_ThrowsArgumentException()
    {
        using var parent = new TemporaryFolder();
        using CheckpointFolder folder = CheckpointFolder.Open(TinyCheckpoint.Save(parent.Path));
        Assert.Throws<ArgumentException>(() => folder.Read("model.layers.2.input_layernorm.weight"));
    }

    [Fact]
    public void Open_OldRotaryBuffers_AreTolerated()
    {
        using var parent = new TemporaryFolder();
        string path = TinyCheckpoint.Save(parent.Path);
        TinyCheckpoint.Change(path, tensors =>
        {
            tensors.Add("model.layers.0.self_attn.rotary_emb.inv_freq", ones(3));
            tensors.Add("model.rotary_emb.inv_freq", ones(3));
        });
        CheckpointFolder.Open(path).Dispose();
    }

    [Fact]
    public void Open_ShardInSubfolder_Reads()
    {
        using var parent = new TemporaryFolder();
        using var scope = NewDisposeScope();
        string path = TinyCheckpoint.Save(parent.Path, maxShardBytes: 600);
        string shard = Directory.GetFiles(path, "model-00001-*")[0];
        Directory.CreateDirectory(Path.Combine(path, "parts"));
        File.Move(shard, Path.Combine(path, "parts", "first.safetensors"));
        TinyCheckpoint.ChangeIndex(path, map =>
        {
            foreach (string name in map.Where(entry => (string)entry.Value! == Path.GetFileName(shard)).Select(entry => entry.Key).ToList())
                map[name] = "parts/first.safetensors";
        });
        using CheckpointFolder folder = CheckpointFolder.Open(path);
        TinyCheckpoint.AssertSame(TinyCheckpoint.Weights(TinyCheckpoint.Config)[WeightNames.Embedding], folder.Read(WeightNames.Embedding));
    }

    [Fact]
    public void ComputeFingerprint_SameModelOtherLayout_IsSame()
    {
        using var one = new TemporaryFolder();
        using var many = new TemporaryFolder();
        string fingerprint = Fingerprint(TinyCheckpoint.Save(one.Path));
        Assert.Matches("^[0-9a-f]{64}$", fingerprint);
        Assert.Equal(fingerprint, Fingerprint(TinyCheckpoint.Save(many.Path, maxShardBytes: 600)));
    }

    [Fact]
    public void ComputeFingerprint_AnyChange_Differs()
    {
        using var parent = new TemporaryFolder();
        string path = TinyCheckpoint.Save(parent.Path);
        var seen = new HashSet<string> { Fingerprint(path) };
        TinyCheckpoint.Change(path, tensors => tensors[WeightNames.Head][9, 7] = tensor(0.5f));
        Assert.True(seen.Add(Fingerprint(path)));
        TinyCheckpoint.Change(path, tensors => tensors[WeightNames.Head] = tensors[WeightNames.Head].to(ScalarType.Float64));
        Assert.True(seen.Add(Fingerprint(path)));
        ModelConfig[] configs =
        [
            TinyCheckpoint.Config with { RmsNormEpsilon = 1e-5 },
            TinyCheckpoint.Config with { RopeTheta = 10_001 },
            TinyCheckpoint.Config with { RopeScaling = new Llama3RopeScaling(8, 1, 4, 8192) },
            TinyCheckpoint.Config with { RopeScaling = new Llama3RopeScaling(8, 2, 4, 8192) },
            TinyCheckpoint.Config with { MaxPositions = 17 },
        ];
        foreach (ModelConfig config in configs)
            Assert.True(seen.Add(Fingerprint(TinyCheckpoint.Save(parent.Path, config))));
    }

    [Fact]
    public void ComputeFingerprint_FixedModel_NeverChanges()
    {
        using var parent = new TemporaryFolder();
        using var scope = NewDisposeScope();
        string path = Path.Combine(parent.Path, "model");
        CheckpointWriter.Save(path, TinyCheckpoint.Config,
            WeightNames.Model(TinyCheckpoint.Config).ToDictionary(weight => weight.Name, weight => ones([.. weight.Shape])),
            ScalarType.Float32);
        Assert.Equal("fc1c97b257b8907117259d56742e8fce17cfda119f724bc73412637990783952", Fingerprint(path));
    }

    [Fact]
    public void ComputeFingerprint_Canceled_Throws()
    {
        using var parent = new TemporaryFolder();
        using CheckpointFolder folder = CheckpointFolder.Open(TinyCheckpoint.Save(parent.Path));
        Assert.Throws<OperationCanceledException>(() => folder.ComputeFingerprint(new CancellationToken(canceled: true)));
    }

    private static string Fingerprint(string path)
    {
        using CheckpointFolder folder = CheckpointFolder.Open(path);
        return folder.ComputeFingerprint();
    }
}
