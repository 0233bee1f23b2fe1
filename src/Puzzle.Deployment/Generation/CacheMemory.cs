using Microsoft.ML.OnnxRuntime;

namespace Puzzle.Deployment.Generation;

/// <summary>The memory that keys and values lie in: the device's own, so that no step copies them.</summary>
internal sealed class CacheMemory : IDisposable
{
    private readonly IDisposable? _owned;

    private CacheMemory(OrtAllocator allocator, OrtMemoryInfo info, IDisposable? owned) =>
        (Allocator, Info, _owned) = (allocator, info, owned);

    public static CacheMemory Cpu { get; } = new(OrtAllocator.DefaultInstance, OrtMemoryInfo.DefaultInstance, null);

    public OrtAllocator Allocator { get; }

    public OrtMemoryInfo Info { get; }

    /// <summary>Gives the memory of the GPU that a session runs on.</summary>
    /// <param name="session">The session.</param>
    /// <param name="deviceIndex">Which GPU.</param>
    public static CacheMemory Cuda(InferenceSession session, int deviceIndex)
    {
        using var device = new OrtMemoryInfo(
            OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, deviceIndex, OrtMemType.Default);
        var allocator = new OrtAllocator(session, device);
        return new CacheMemory(allocator, allocator.Info, allocator);
    }

    public void Dispose() => _owned?.Dispose();
}
