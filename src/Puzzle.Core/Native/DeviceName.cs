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
        DeviceType.CUDA => $"CUDA, {CudaDriver.NameOf(Math.Max(0, index)) ?? UnnamedOfThisMachine}",
        _ => $"{type}, {UnnamedOfThisMachine}",
    };

    // Without a model's name nothing says that two machines compute alike: they do not share results.
    private static string UnnamedOfThisMachine => $"a device of {Environment.MachineName} without a name";
}
