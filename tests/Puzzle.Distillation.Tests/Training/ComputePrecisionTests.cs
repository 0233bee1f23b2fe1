using Puzzle.Distillation.Training;
using static TorchSharp.torch;

namespace Puzzle.Tests.Training;

public sealed class ComputePrecisionTests
{
    [Theory]
    [InlineData(TrainingPrecision.Auto, 256, true, ScalarType.BFloat16)]
    [InlineData(TrainingPrecision.Auto, 256, false, ScalarType.Float32)]
    [InlineData(TrainingPrecision.Auto, 64, true, ScalarType.Float32)]
    [InlineData(TrainingPrecision.Float32, 256, true, ScalarType.Float32)]
    [InlineData(TrainingPrecision.BFloat16, 64, false, ScalarType.BFloat16)]
    public void Resolve_PrecisionModelAndHardware_GivesTheFasterOrTheOneAskedFor(
        TrainingPrecision precision, int hiddenSize, bool multiplies, ScalarType expected) =>
        Assert.Equal(expected, ComputePrecision.Resolve(precision, hiddenSize, multiplies));
}
