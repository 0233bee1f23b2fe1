using Puzzle.Architectures;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests.Blockwise;

/// <summary>Units whose passes compute in brain floats beside 32-bit weights.</summary>
public sealed class UnitPrecisionTests
{
    [Fact]
    public async Task DistillAsync_BrainFloats_LearnsWhat32BitsLearn()
    {
        (double[] wide, _) = await LossesAsync(TrainingPrecision.Float32, steps: 24);
        (double[] narrow, ScalarType[] stored) = await LossesAsync(TrainingPrecision.BFloat16, steps: 24);
        (double[] untrained, _) = await LossesAsync(TrainingPrecision.BFloat16, steps: 1);

        Assert.All(stored, type => Assert.Equal(ScalarType.Float32, type));
        // An attention, an FFN and an FFN beside no attention: each learns, and ends where 32 bits end, a few percent apart.
        Assert.NotEqual(wide, narrow);
        Assert.All(wide.Zip(narrow), pair => Assert.Equal(pair.First, pair.Second, 0.05 * pair.First));
        Assert.All(untrained.Zip(narrow), pair => Assert.True(pair.Second < pair.First, $"{pair.Second} after {pair.First}"));
    }

    [Fact]
    public async Task DistillAsync_AutoOnTheCpu_IsTheUnitOf32Bits()
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();

        IReadOnlyList<SubblockVariant> auto = await MadeAsync(parent, library, TrainingPrecision.Auto, steps: 1);
        IReadOnlyList<SubblockVariant> wide = await MadeAsync(parent, library, TrainingPrecision.Float32, steps: 1);

        Assert.Equal(auto.Select(variant => variant.Recipe), wide.Select(variant => variant.Recipe));
    }

    private static async Task<(double[] Losses, ScalarType[] Types)> LossesAsync(TrainingPrecision precision, int steps)
    {
        using CausalLanguageModel parent = TinyModel.Loud();
        using var library = new MemoryBlockLibrary();
        SubblockVariant[] made = [.. (await MadeAsync(parent, library, precision, steps))
            .Where(variant => !variant.IsParent && variant.Key.Config != "noop")];
        using var scope = NewDisposeScope();
        return (
            [.. made.Select(variant => library.ReadCurve(variant)[^1].HeldOutLoss!.Value)],
            [.. made.SelectMany(variant => library.ReadWeights(variant).Values).Select(weight => weight.dtype)]);
    }

    private static async Task<IReadOnlyList<SubblockVariant>> MadeAsync(
        CausalLanguageModel parent, MemoryBlockLibrary library, TrainingPrecision precision, int steps)
    {
        var distiller = new BlockwiseDistiller(new BlockwiseDistillationOptions
        {
            Steps = steps, BatchSize = 2, CalibrationWindows = 2, HeldOutWindows = 4, Workers = 1, Precision = precision,
        });
        var space = SearchSpace.Uniform(
            parent.Config.Architecture, [new GroupedQueryAttentionConfig(1), new NoOpAttentionConfig()], [new GatedFfnConfig(16)]);
        return (await distiller.DistillAsync(new BlockwiseDistillationRequest(
            new(parent, "parent"), TinyModel.Windows(20), space, library) { Layers = ..1 })).Variants;
    }
}
