using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Native;

/// <summary>Names what computes, for recipes: results of two devices, or of two models of a device, differ in their last bits.</summary>
internal static class DeviceName
{
    /// <summary>Names a device, for example <c>CPU, AMD EPYC 7B13</c> or <c>CUDA, NVIDIA H200</c>.</summary>
    /// <param name="device">The device.</param>
    public static string Of(Device device) => Of(device.type, device.index);

    /// <summary>Names a device.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="index">Which of that type; negative for the current one.</param>
    public static string Of(DeviceType type, int index = -1) => type switch
    {
        DeviceType.CPU => $"CPU, {HostHardware.ProcessorName()}",
        DeviceType.CUDA => $"CUDA, {CudaDriver.NameOf(Math.Max(0, index)) ?? UnnamedOfThisMachine}{TensorFloats()}",
        _ => $"{type}, {UnnamedOfThisMachine}",
    };

    /// <summary>Says whether two devices are the same one.</summary>
    public static bool IsSame(Device one, Device other) =>
        one.type == other.type && (one.type == DeviceType.CPU || Math.Max(0, one.index) == Math.Max(0, other.index));

    /// <summary>Refuses to measure on one device what trains and runs on another.</summary>
    /// <exception cref="ArgumentException">They differ.</exception>
    public static void RequireSame(Device profiler, Device parent)
    {
        if (!IsSame(profiler, parent))
            throw new ArgumentException(
                $"The parent is on {parent} and torch's profiler measures {profiler}: choose one device for both, with UseCuda or "
                + "--device.");
    }

    // Products of 32-bit floats have other bits with them.
    private static string TensorFloats() => backends.cuda.matmul.allow_tf32 ? ", TF32" : "";

    // Without a model's name nothing says that two machines compute alike: they do not share results.
    private static string UnnamedOfThisMachine => $"a device of {Environment.MachineName} without a name";
}
