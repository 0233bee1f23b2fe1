using Puzzle.Measurement;
using Puzzle.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>Chooses what a training computes in.</summary>
internal static class ComputePrecision
{
    public static ScalarType Resolve(TrainingPrecision precision, CausalLanguageModel model) => precision switch
    {
        TrainingPrecision.Float32 => ScalarType.Float32,
        TrainingPrecision.BFloat16 => ScalarType.BFloat16,
        _ => model.Device.type == DeviceType.CUDA || HostHardware.MultipliesBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32,
    };
}
