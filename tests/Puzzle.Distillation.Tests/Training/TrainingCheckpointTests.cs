using Puzzle.Checkpoints;
using Puzzle.Distillation.Training;
using Puzzle.Foundation;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Training;

public sealed class TrainingCheckpointTests
{
    private static readonly Recipe Recipe = new("test", 1);

    [Theory]
    [InlineData("step", "many")]
    [InlineData("curve", "[{")]
    [InlineData("curve", null)]
    public void TryRestore_DamagedMetadata_SaysSo(string key, string? value)
    {
        using var folder = new TestFolder();
        using var scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create();
        using AdamW optimizer = OptimizerOf(model);
        TrainingCheckpoint.Save(folder["state"], Recipe, model, optimizer, []);
        var metadata = new Dictionary<string, string> { ["fingerprint"] = Recipe.Fingerprint, ["step"] = "1", ["curve"] = "[]" };
        metadata.Remove(key);
        if (value is not null)
            metadata[key] = value;
        Dictionary<string, Tensor> tensors;
        using (var reader = new SafetensorsReader(folder["state"]))
            tensors = reader.Tensors.Keys.ToDictionary(name => name, name => reader.Read(name));
        SafetensorsWriter.Write(folder["state"], tensors, metadata);

        var exception = Assert.Throws<CheckpointFormatException>(() => TrainingCheckpoint.TryRestore(folder["state"], Recipe, model, optimizer));

        Assert.Contains(folder["state"], exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRestore_OptimizerStateOfAnotherSize_ThrowsAndChangesNothing()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create(), smaller = TinyModel.Create(TinyModel.Config(layers: 1));
        using AdamW optimizer = OptimizerOf(model), other = OptimizerOf(smaller);
        TrainingCheckpoint.Save(folder["state"], Recipe, model, other, []);

        Assert.Throws<CheckpointFormatException>(() => TrainingCheckpoint.TryRestore(folder["state"], Recipe, model, optimizer));
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
        Assert.Null(TrainingCheckpoint.TryRestore(folder["state"], Recipe, model, optimizer));
        Assert.Equal(Recipe.With("Steps", 3), TrainingCheckpoint.ReadRecipe(folder["state"]));
    }

    private static AdamW OptimizerOf(CausalLanguageModel model) => AdamW.Create([.. model.Weights.Select(weight => weight.Value)], new AdamWOptions());
}
