using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Global;
using Puzzle.Distillation.Training;
using Puzzle.Models;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.Tests.Global;

/// <summary>What tests of fits in sequence have in common.</summary>
internal static class FitCases
{
    /// <summary>A child that keeps a parent's weights but for a third of each FFN's channels, and the second layer's attention.</summary>
    public static CausalLanguageModel Child(CausalLanguageModel parent)
    {
        using var scope = NewDisposeScope();
        var weights = parent.Weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach().to(ScalarType.Float32));
        var blocks = parent.Config.Architecture.Select((block, layer) => new BlockConfig(
            layer == 1 ? new NoOpAttentionConfig() : block.Attention, new GatedFfnConfig(16)));
        return CausalLanguageModel.Create(parent.Config with { Architecture = new Architecture(blocks) }, name => Narrow(name).clone());

        Tensor Narrow(string name) => name.EndsWith(WeightNames.Down, StringComparison.Ordinal) ? weights[name].narrow(1, 0, 16)
            : name.EndsWith(WeightNames.Gate, StringComparison.Ordinal) || name.EndsWith(WeightNames.Up, StringComparison.Ordinal)
                ? weights[name].narrow(0, 0, 16)
            : weights[name];
    }

    public static Task<GlobalDistillationResult> FitAsync(
        CausalLanguageModel parent, CausalLanguageModel child, PackedTokenDataset text, int windows = 40, int workers = 2) =>
        new GlobalDistiller(Options(steps: 0, windows, workers)).DistillAsync(new(new(parent, "parent"), text, new(child, "child")));

    public static GlobalDistillationOptions Options(int steps, int windows = 40, int workers = 2) => new()
    {
        Steps = steps, FitWindows = windows, Workers = workers, BatchSize = 4, LearningRate = 3e-3, EvaluateEvery = 4,
        Precision = TrainingPrecision.Float32,
    };
}
