using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Native;

/// <summary>How much memory devices have free.</summary>
internal static class DeviceMemory
{
    /// <summary>What torch takes of a GPU before the first tensor, in bytes: the CUDA context with its kernels (0.4 to 0.6 GiB on recent
    /// ones) and cuBLAS's workspace.</summary>
    public const long CudaContextBytes = 640L << 20;

    /// <summary>Gives the bytes that are free.</summary>
    /// <param name="device">The device.</param>
    /// <returns>Null where it cannot be told.</returns>
    public static long? FreeOn(Device device) =>
        FreeOn(device.type, device.index, () => HostHardware.AvailableMemoryBytes(), CudaDriver.FreeBytes);

    /// <summary>The same with what tells them given.</summary>
    internal static long? FreeOn(DeviceType type, int index, Func<long> host, Func<int, long?> cuda) => type switch
    {
        DeviceType.CPU => host(),
        DeviceType.CUDA => cuda(Math.Max(0, index)),
        _ => null,
    };
}
