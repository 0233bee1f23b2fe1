using Microsoft.Extensions.DependencyInjection;
using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Foundation;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Planning;
using Puzzle.Search;

namespace Puzzle.Tests.Planning;

/// <summary>What is told from a config alone.</summary>
public sealed class RunEstimateTests : IDisposable
{
    private const int Steps = 3, SequenceLength = 16;

    private readonly TestFolder _folder = new();
    private readonly CausalLanguageModel _parent = TinyModel.Create(TinyModel.Config(2));

    public RunEstimateTests() => _parent.Save(_folder["parent"]);

    public void Dispose()
    {
        _parent.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Estimate_ConfigAlone_CountsTheUnitsThatAreMade()
    {
        var options = new BlockwiseDistillationOptions { Steps = Steps };
        var units = new BlockUnits(
            new BlockwiseDistillationRequest(
                new(_parent, "parent"), TinyModel.Windows(40, SequenceLength), CompressionRequest.DefaultSpace(_parent.Config),
                new MemoryBlockLibrary()), options);
        File.Delete(Directory.GetFiles(_folder["parent"], "*.safetensors").Single());

        PlannedStage craft = Estimate(_folder["parent"]).Stages.Single(stage => stage.Stage == PuzzleStage.Craft);

        Assert.Equal(units.Units.Count, craft.Units);
        Assert.Equal(units.Units.Sum(unit => unit.Operations), craft.Operations, tolerance: 1);
        Assert.Equal(craft.Operations / 2e9, craft.Time.TotalSeconds, tolerance: 1e-6);
    }

    [Fact]
    public void Estimate_OfTheFileOrItsFolder_IsTheSameAndCountsEveryBlock()
    {
        RunEstimate ofFile = Estimate(Path.Combine(_folder["parent"], "config.json"));
        SearchSpace space = CompressionRequest.DefaultSpace(_parent.Config);

        Assert.Equal(Estimate(_folder["parent"]).Stages, ofFile.Stages);
        Assert.Equal(
            Enumerable.Range(0, 2).Sum(layer => space.Blocks(layer).Count()),
            ofFile.Stages.Single(stage => stage.Stage == PuzzleStage.Score).Units);
        // Weights, gradients, two moments and the best weights of the child, beside the parent, 4 bytes each.
        Assert.True(ofFile.Stages[^1].MemoryBytes > 6 * 4 * _parent.ParameterCount);
        Assert.Contains("0.002 TFLOP/s", ofFile.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Estimate_WithoutConfigOrRate_SaysSo()
    {
        Assert.Throws<CheckpointFormatException>(() => Estimate(_folder["absent"]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Estimate(_folder["parent"], operationsPerSecond: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Estimate(_folder["parent"], double.NaN));
    }

    private static RunEstimate Estimate(string parent, double operationsPerSecond = 2e9)
    {
        var services = new ServiceCollection();
        services.AddPuzzleDefaults().UseBlockwiseDistillation(options => options.Steps = Steps);
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<Planner>().Estimate(
            new CompressionRequest
            {
                Parent = parent,
                Text = [],
                Target = new DeploymentTarget { Memory = CostBound.AtMost(1 << 30) },
                SequenceLength = SequenceLength,
            },
            operationsPerSecond);
    }
}
