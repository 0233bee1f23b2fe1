using System.Text.Json.Nodes;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Tests.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints;

public sealed class CheckpointFolderMalformedTests
{
    private const string Norm = "model.norm.weight";
    private const string Index = "model.safetensors.index.json";

    [Fact]
    public void Open_MissingTensor_NamesIt() =>
        ExpectFault(Single(tensors => tensors.Remove(Norm)), "model.safetensors", "there is no tensor model.norm.weight [8]");

    [Fact]
    public void Open_ExtraTensor_NamesIt() =>
        ExpectFault(Single(tensors => tensors.Add("model.layers.2.input_layernorm.weight", ones(8))), "model.safetensors",
            "'model.layers.2.input_layernorm.weight'");

    [Fact]
    public void Open_WrongShape_NamesBoth() =>
        ExpectFault(Single(tensors => tensors[Norm] = ones(2, 4)), "model.safetensors",
            "'model.norm.weight' has shape [2, 4]; the config asks for [8]");

    [Fact]
    public void Open_IntegerWeight_NamesIt() =>
        ExpectFault(
            Single(tensors => tensors[Norm] = ones([8], ScalarType.Int32)), "model.safetensors", "'model.norm.weight' has type Int32");

    [Fact]
    public void Open_UntiedWithoutHead_NamesIt() =>
        ExpectFault(Single(tensors => tensors.Remove(WeightNames.Head)), "model.safetensors", "there is no tensor lm_head.weight");

    [Fact]
    public void Open_TiedWithDifferentHead_Throws() =>
        ExpectFault(
            Single(tensors => tensors.Add(WeightNames.Head, ones(10, 8)), TinyCheckpoint.Config with { TieWordEmbeddings = true }),
            "model.safetensors",
            "'lm_head.weight' differs");

    [Fact]
    public void Open_TiedWithNeither_NamesIt() =>
        ExpectFault(
            Single(tensors => tensors.Remove(WeightNames.Embedding), TinyCheckpoint.Config with { TieWordEmbeddings = true }),
            "model.safetensors",
            "there is no tensor model.embed_tokens.weight");

    [Fact]
    public void Open_NoConfig_Throws() =>
        ExpectFault(folder => File.Delete(Path.Combine(folder, "config.json")), "config.json", "no such file");

    [Fact]
    public void Open_NoWeights_Throws() =>
        ExpectFault(folder => File.Delete(Path.Combine(folder, "model.safetensors")), "model.safetensors", "no such file");

    [Fact]
    public void Open_BothLayouts_Throws() =>
        ExpectFault(folder => File.WriteAllText(Path.Combine(folder, Index), """{"weight_map":{"x":"other.safetensors"}}"""), Index, "which of the two");

    [Fact]
    public void Open_IndexBesideTheOneFileItNames_Reads()
    {
        using var parent = new TemporaryFolder();
        string path = TinyCheckpoint.Save(parent.Path);
        var map = new JsonObject();
        using (var reader = new SafetensorsReader(Path.Combine(path, "model.safetensors")))
        {
            foreach (string name in reader.Tensors.Keys)
                map[name] = "model.safetensors";
        }
        string fingerprint = Fingerprint();
        File.WriteAllText(Path.Combine(path, Index), new JsonObject { ["weight_map"] = map }.ToJsonString());
        Assert.Equal(fingerprint, Fingerprint());

        string Fingerprint()
        {
            using CheckpointFolder checkpoint = CheckpointFolder.Open(path);
            return checkpoint.ComputeFingerprint();
        }
    }

    [Fact]
    public void Open_PickledWeightsOnly_SaysWhatToConvert() =>
        ExpectFault(
            folder => File.Move(Path.Combine(folder, "model.safetensors"), Path.Combine(folder, "pytorch_model.bin")), "pytorch_model.bin",
            "convert them to model.safetensors");

    [Fact]
    public void Open_NoFolder_Throws() =>
        Assert.Throws<CheckpointFormatException>(() => CheckpointFolder.Open(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())));

    [Fact]
    public void Read_NotFinite_NamesFileAndTensor()
    {
        using var parent = new TemporaryFolder();
        using var scope = NewDisposeScope();
        string path = TinyCheckpoint.Save(parent.Path);
        TinyCheckpoint.Change(path, tensors => tensors[Norm][3] = tensor(float.NaN));
        using CheckpointFolder folder = CheckpointFolder.Open(path);
        var exception = Assert.Throws<CheckpointFormatException>(() => folder.Read(Norm));
        Assert.EndsWith("model.safetensors", exception.File, StringComparison.Ordinal);
        Assert.Contains("'model.norm.weight' is not finite at element 3", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MissingShard_NamesIt() =>
        ExpectFault(
            folder => File.Delete(Directory.GetFiles(folder, "model-00002-*")[0]), "model-00002-of-", "no such file", maxShardBytes: 600);

    [Fact]
    public void Open_TruncatedShard_NamesIt() =>
        ExpectFault(
            folder =>
            {
                using FileStream stream = File.OpenWrite(Directory.GetFiles(folder, "model-00002-*")[0]);
                stream.SetLength(stream.Length - 1);
            },
            "model-00002-of-",
            "claims",
            maxShardBytes: 600);

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("a/../../model.safetensors")]
    [InlineData("./model.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\model.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("a//b")]
    [InlineData("..")]
    [InlineData("")]
    public void Open_IndexLeavesFolder_NamesTensorAndFile(string file) =>
        ExpectFault(folder => TinyCheckpoint.ChangeIndex(folder, map => map[Norm] = file), Index, $"tensor '{Norm}' is placed in '{file}'",
            maxShardBytes: 600);

    [Fact]
    public void Open_IndexWithUnknownTensor_NamesIt() =>
        ExpectFault(
            folder =>
                TinyCheckpoint.ChangeIndex(folder, map => map["x"] = (string)map[Norm]!), "model-", "there is no tensor 'x'",
                    maxShardBytes: 600);

    [Fact]
    public void Open_IndexPlacesTensorElsewhere_Throws() =>
        ExpectFault(
            folder =>
                TinyCheckpoint.ChangeIndex(folder, map => map[Norm] = (string)map[WeightNames.Embedding]!), "model-00001-",
                    $"there is no tensor '{Norm}'", maxShardBytes: 600);

    [Fact]
    public void Open_IndexOmitsTensor_NamesIt()
    {
        using var parent = new TemporaryFolder();
        string path = TinyCheckpoint.Save(parent.Path, maxShardBytes: 100_000);
        string single = Path.Combine(path, "model.safetensors");
        string shard = Path.Combine(path, "one.safetensors");
        var map = new JsonObject();
        using (var reader = new SafetensorsReader(single))
        {
            foreach (string name in reader.Tensors.Keys.Where(name => name != Norm))
                map[name] = "one.safetensors";
        }
        File.Move(single, shard);
        File.WriteAllText(Path.Combine(path, Index), new JsonObject { ["weight_map"] = map }.ToJsonString());
        var exception = Assert.Throws<CheckpointFormatException>(() => CheckpointFolder.Open(path));
        Assert.Equal(shard, exception.File);
        Assert.Contains($"'{Norm}' is not placed here", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "there is no weight_map")]
    [InlineData("""{"weight_map":[]}""", "expected an object")]
    [InlineData("""{"weight_map":{"a":1}}""", "weight_map.a is 1")]
    [InlineData("""{"weight_map":{"a":"x","a":"y"}}""", "not valid JSON")]
    [InlineData("""{"weight_map":{},"other":1}""", "other")]
    [InlineData("{", "not valid JSON")]
    public void Open_MalformedIndex_Throws(string json, string message) =>
        ExpectFault(folder => File.WriteAllText(Path.Combine(folder, Index), json), Index, message, maxShardBytes: 600);

    private static Action<string> Single(Action<Dictionary<string, Tensor>> change, ModelConfig? config = null) => folder =>
    {
        if (config is not null)
            TinyCheckpoint.Save(Path.GetDirectoryName(folder)!, config);
        TinyCheckpoint.Change(folder, change);
    };

    private static void ExpectFault(Action<string> damage, string file, string message, long maxShardBytes = long.MaxValue)
    {
        using var parent = new TemporaryFolder();
        string path = TinyCheckpoint.Save(parent.Path, maxShardBytes: maxShardBytes);
        using (var scope = NewDisposeScope())
            damage(path);
        var exception = Assert.Throws<CheckpointFormatException>(() => CheckpointFolder.Open(path));
        Assert.StartsWith(Path.Combine(path, file), exception.File, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }
}
