using Puzzle.Checkpoints;
using Puzzle.Distillation.Training;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Training;

public sealed class TrainingCheckpointTests
{
    private static readonly Recipe Recipe = new("test", 1);

    // Any byte of weights, moments, step, curve or names: another child with exit code 0, before there was a digest.
    [Fact]
    public void TryRestore_AnyByteFlipped_IsTheSameOrSetAside()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create(), other = TinyModel.Create(seed: 2);
        using AdamW optimizer = OptimizerOf(other), saved = OptimizerOf(model);
        TrainingCheckpoint.Save(folder["state.x"], Recipe, model, saved, []);
        byte[] whole = File.ReadAllBytes(folder["state.x"]);
        var random = new Random(3);
        int flips = int.TryParse(Environment.GetEnvironmentVariable("PUZZLE_FLIPS"), out int wanted) ? wanted : 60;
        for (int i = 0; i < flips; i++)
        {
            int at = i % 2 == 0 ? random.Next(2000) : random.Next(whole.Length);
            byte[] damaged = [.. whole];
            damaged[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(folder["state.x"], damaged);

            // What is in no digest, such as the note of the format, changes nothing.
            if (TrainingCheckpoint.TryRestore(folder["state.x"], Recipe, other, optimizer) is not null)
                Assert.Equal(DigestOf(model), DigestOf(other));
            else
                Assert.False(File.Exists(folder["state.x"]));
            Assert.Equal(0, optimizer.Steps);
        }
    }

    [Fact]
    public void TryRestore_Canceled_StopsAndLeavesTheStateWhereItIs()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create();
        using AdamW optimizer = OptimizerOf(model);
        TrainingCheckpoint.Save(folder["state.x"], Recipe, model, optimizer, []);

        Assert.ThrowsAny<OperationCanceledException>(() => TrainingCheckpoint.TryRestore(
            folder["state.x"], Recipe, model, optimizer, cancellationToken: new CancellationToken(canceled: true)));

        Assert.Equal([folder["state.x"]], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Save_Canceled_LeavesTheEarlierState()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create(), other = TinyModel.Create(seed: 2);
        using AdamW optimizer = OptimizerOf(model), its = OptimizerOf(other);
        TrainingCheckpoint.Save(folder["state.x"], Recipe, model, optimizer, []);
        byte[] before = File.ReadAllBytes(folder["state.x"]);

        Assert.ThrowsAny<OperationCanceledException>(() => TrainingCheckpoint.Save(
            folder["state.x"], Recipe, other, its, [], cancellationToken: new CancellationToken(canceled: true)));

        Assert.Equal(before, File.ReadAllBytes(folder["state.x"]));
        Assert.Equal([folder["state.x"]], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void TryRestore_Truncated_IsSetAside()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create();
        using AdamW optimizer = OptimizerOf(model);
        TrainingCheckpoint.Save(folder["state.x"], Recipe, model, optimizer, []);
        using (FileStream stream = File.OpenWrite(folder["state.x"]))
            stream.SetLength(stream.Length / 2);

        Assert.Null(TrainingCheckpoint.TryRestore(folder["state.x"], Recipe, model, optimizer));
        Assert.Equal([folder["state.damaged.x"]], Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData("step", "many")]
    [InlineData("step", "1")]
    [InlineData("step", "-1")]
    [InlineData("curve", "[{")]
    [InlineData("curve", "[null]")]
    [InlineData("curve", "null")]
    [InlineData("curve", null)]
    public void TryRestore_ImpossibleNumbers_AreADamagedFile(string key, string? value)
    {
        using var folder = new TestFolder();
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        using AdamW optimizer = OptimizerOf(model);
        TrainingCheckpoint.Save(folder["state.x"], Recipe, model, optimizer, []);
        Dictionary<string, Tensor> tensors;
        Dictionary<string, string> metadata;
        using (var reader = new SafetensorsReader(folder["state.x"]))
        {
            metadata = reader.Metadata.ToDictionary();
            tensors = reader.Tensors.Keys.ToDictionary(name => name, name => reader.Read(name));
        }
        metadata.Remove(key);
        if (value is not null)
            metadata[key] = value;
        metadata["digest"] = Fingerprint.Of(
            metadata.GetValueOrDefault("fingerprint"), metadata.GetValueOrDefault("recipe"), metadata.GetValueOrDefault("step"),
            metadata.GetValueOrDefault("curve"), WeightsDigest.Of(tensors));
        SafetensorsWriter.Write(folder["state.x"], tensors, metadata);

        Assert.Null(TrainingCheckpoint.TryRestore(folder["state.x"], Recipe, model, optimizer));
    }

    [Fact]
    public void TryRestore_OptimizerStateOfAnotherSize_ChangesNothing()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create(), smaller = TinyModel.Create(TinyModel.Config(layers: 1));
        using AdamW optimizer = OptimizerOf(model), other = OptimizerOf(smaller);
        TrainingCheckpoint.Save(folder["state"], Recipe, model, other, []);

        Assert.Null(TrainingCheckpoint.TryRestore(folder["state"], Recipe, model, optimizer));
        Assert.Equal(0, optimizer.Steps);
    }

    [Fact]
    public void TryRestore_NoFileOrAnotherTraining_IsNull()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create();
        using AdamW optimizer = OptimizerOf(model);

        Assert.Null(TrainingCheckpoint.TryRestore(folder["state"], Recipe, model, optimizer));
        TrainingCheckpoint.Save(folder["state"], Recipe.With("Steps", 3), model, optimizer, []);
        Assert.Equal(Recipe.With("Steps", 3), TrainingCheckpoint.ReadRecipe(folder["state"]));
        Assert.Null(TrainingCheckpoint.TryRestore(folder["state"], Recipe, model, optimizer));
    }

    [Fact]
    public void TryRestore_AfterAnotherTraining_FindsTheFirstOnesStateAgain()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create();
        using AdamW optimizer = OptimizerOf(model);
        Recipe first = Recipe.With("Steps", 1), second = Recipe.With("Steps", 2);
        TrainingCheckpoint.Save(folder["state"], first, model, optimizer, []);

        Assert.Null(TrainingCheckpoint.TryRestore(folder["state"], second, model, optimizer));
        TrainingCheckpoint.Save(folder["state"], second, model, optimizer, []);

        Assert.NotNull(TrainingCheckpoint.TryRestore(folder["state"], first, model, optimizer));
        Assert.NotNull(TrainingCheckpoint.TryRestore(folder["state"], second, model, optimizer));
    }

    private static string DigestOf(CausalLanguageModel model) =>
        WeightsDigest.Of(model.Weights.ToDictionary(weight => weight.Key, weight => weight.Value, StringComparer.Ordinal));

    private static AdamW OptimizerOf(CausalLanguageModel model) =>
        AdamW.Create([.. model.Weights.Select(weight => weight.Value)], new AdamWOptions());
}
