using System.Text.Json.Nodes;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints;

/// <summary>A three-layer model with every kind of subblock and random weights.</summary>
internal static class TinyCheckpoint
{
    public static ModelConfig Config { get; } = new()
    {
        VocabularySize = 10,
        HiddenSize = 8,
        AttentionHeads = 4,
        HeadSize = 6,
        Architecture = new Architecture(
            [BlockConfig.Parse("gqa-2/12"), BlockConfig.Parse("linear/noop"), BlockConfig.Parse("noop/linear")]),
        MaxPositions = 16,
    };

    /// <summary>Makes weights of a model, the same for the same seed.</summary>
    public static Dictionary<string, Tensor> Weights(ModelConfig config, ulong seed = 1)
    {
        var generator = new Generator(seed);
        return WeightNames.Model(config).ToDictionary(weight => weight.Name, weight => randn([.. weight.Shape], generator: generator));
    }

    /// <summary>Saves a checkpoint and gives its folder.</summary>
    public static string Save(string parent, ModelConfig? config = null, long maxShardBytes = long.MaxValue)
    {
        using var scope = NewDisposeScope();
        string folder = Path.Combine(parent, "model");
        CheckpointWriter.Save(
            folder, config ?? Config, Weights(config ?? Config), ScalarType.Float32,
            new CheckpointWriterOptions { MaxShardBytes = maxShardBytes });
        // As if it were made elsewhere: nothing is known of its files.
        File.Delete(Path.Combine(folder, FolderDigests.FileName));
        return folder;
    }

    /// <summary>Rewrites a weight file of a folder.</summary>
    public static void Change(string folder, Action<Dictionary<string, Tensor>> change, string file = "model.safetensors")
    {
        using var scope = NewDisposeScope();
        string path = Path.Combine(folder, file);
        Dictionary<string, Tensor> tensors;
        using (var reader = new SafetensorsReader(path))
            tensors = reader.Tensors.Keys.ToDictionary(name => name, name => reader.Read(name));
        change(tensors);
        SafetensorsWriter.Write(path, tensors);
    }

    /// <summary>Rewrites the index of a sharded folder.</summary>
    public static void ChangeIndex(string folder, Action<JsonObject> change)
    {
        string path = Path.Combine(folder, "model.safetensors.index.json");
        JsonObject index = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(index["weight_map"]!.AsObject());
        File.WriteAllText(path, index.ToJsonString());
    }

    public static void AssertSame(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.dtype, actual.dtype);
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(expected.bytes.ToArray(), actual.bytes.ToArray());
    }
}
