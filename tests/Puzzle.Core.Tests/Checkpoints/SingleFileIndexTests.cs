using Puzzle.Checkpoints;
using Puzzle.Foundation;
using Puzzle.Tests.Text;

namespace Puzzle.Tests.Checkpoints;

public sealed class SingleFileIndexTests
{
    private const string Index = "model.safetensors.index.json";

    [Fact]
    public void Open_IndexThatNamesTheSingleFile_ReadsIt()
    {
        using var parent = new TemporaryFolder();
        string folder = TinyCheckpoint.Save(parent.Path);
        using var single = CheckpointFolder.Open(folder);
        WriteIndex(folder, "model.safetensors");

        using var indexed = CheckpointFolder.Open(folder);

        Assert.Equal(single.ComputeFingerprint(), indexed.ComputeFingerprint());
    }

    [Fact]
    public void Open_IndexThatNamesOtherFiles_IsUnclear()
    {
        using var parent = new TemporaryFolder();
        string folder = TinyCheckpoint.Save(parent.Path);
        WriteIndex(folder, "model-00001-of-00001.safetensors");

        Assert.Contains("unclear", Assert.Throws<CheckpointFormatException>(() => CheckpointFolder.Open(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ByteOrderMarkBeforeTheConfig_IsNoError()
    {
        using var parent = new TemporaryFolder();
        string folder = TinyCheckpoint.Save(parent.Path), config = Path.Combine(folder, "config.json");
        File.WriteAllBytes(config, [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(config)]);

        CheckpointFolder.Open(folder).Dispose();
    }

    private static void WriteIndex(string folder, string file)
    {
        using var reader = new SafetensorsReader(Path.Combine(folder, "model.safetensors"));
        File.WriteAllText(Path.Combine(folder, Index), $"{{\"weight_map\":{{{string.Join(',', reader.Tensors.Keys.Select(name => $"\"{name}\":\"{file}\""))}}}}}");
    }
}
