using Puzzle.Models;
using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>Chooses what a training computes in.</summary>
internal static class ComputePrecision
{
    // Measured with AVX-512 BF16: at hidden size 64 the conversions cost what the products save; at 128 a step is 1.2x as fast.
    private const int SmallestHiddenSize = 128;

    public static ScalarType Resolve(TrainingPrecision precision, CausalLanguageModel model) =>
        Resolve(precision, model.Config.HiddenSize, model.Device.type == DeviceType.CUDA || HostHardware.MultipliesBFloat16);

    /// <summary>Chooses for units of blockwise distillation: a layer's products are small, so on processors brain floats are only taken
    /// where they are asked for.</summary>
    public static ScalarType ForUnits(TrainingPrecision precision, CausalLanguageModel parent) =>
        Resolve(precision, parent.Config.HiddenSize, parent.Device.type == DeviceType.CUDA);

    public static ScalarType Resolve(TrainingPrecision precision, int hiddenSize, bool multipliesBFloat16) => precision switch
    {
        TrainingPrecision.Float32 => ScalarType.Float32,
        TrainingPrecision.BFloat16 => ScalarType.BFloat16,
        _ => multipliesBFloat16 && hiddenSize >= SmallestHiddenSize ? ScalarType.BFloat16 : ScalarType.Float32,
    };
}
