using System.Runtime.InteropServices;
using Puzzle.Native;
using TorchSharp;

namespace Puzzle.Tests.Native;

public sealed unsafe class DeviceMemoryTests
{
    private static readonly List<string> Calls = [];

    private static readonly Dictionary<string, nint> Driver = new()
    {
        ["cuInit"] = (nint)(delegate* unmanaged<uint, int>)&Initialize,
        ["cuDeviceGet"] = (nint)(delegate* unmanaged<int*, int, int>)&Get,
        ["cuDevicePrimaryCtxRetain"] = (nint)(delegate* unmanaged<nint*, int, int>)&Retain,
        ["cuCtxPushCurrent_v2"] = (nint)(delegate* unmanaged<nint, int>)&Push,
        ["cuMemGetInfo_v2"] = (nint)(delegate* unmanaged<nuint*, nuint*, int>)&Information,
        ["cuCtxPopCurrent_v2"] = (nint)(delegate* unmanaged<nint*, int>)&Pop,
        ["cuDevicePrimaryCtxRelease_v2"] = (nint)(delegate* unmanaged<int, int>)&Release,
    };

    [Fact]
    public void FreeBytes_OfADriver_LeavesItAsItWas()
    {
        Calls.Clear();
        Assert.Equal(5L << 30, CudaDriver.FreeBytes(1, name => Driver.GetValueOrDefault(name)));
        Assert.Equal(["retain 11", "push 77", "pop", "release 11"], Calls);

        // A GPU whose memory cannot be told, one that is not there, and a driver that lacks a function.
        Calls.Clear();
        Assert.Null(CudaDriver.FreeBytes(2, name => Driver.GetValueOrDefault(name)));
        Assert.Equal(["retain 12", "push 77", "pop", "release 12"], Calls);
        Assert.Null(CudaDriver.FreeBytes(3, name => Driver.GetValueOrDefault(name)));
        Assert.Null(CudaDriver.FreeBytes(1, name => name == "cuMemGetInfo_v2" ? 0 : Driver.GetValueOrDefault(name)));
    }

    [Theory]
    [InlineData(DeviceType.CPU, -1, 7L)]
    [InlineData(DeviceType.CUDA, 1, 101L)]
    [InlineData(DeviceType.CUDA, -1, 100L)]
    [InlineData(DeviceType.META, -1, null)]
    public void FreeOn_ADevice_AsksWhoKnows(DeviceType type, int index, long? expected) =>
        Assert.Equal(expected, DeviceMemory.FreeOn(type, index, () => 7, gpu => 100 + gpu));

    [Fact]
    public void AvailableMemoryBytes_OfLinux_IsItsAccount()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["meminfo"], "MemTotal:       16308360 kB\nMemFree:          123 kB\nMemAvailable:     2048 kB\n");

        Assert.Equal(2048L << 10, HostHardware.AvailableMemoryBytes(folder["meminfo"]));
        Assert.InRange(HostHardware.AvailableMemoryBytes(folder["none"]), 1, long.MaxValue);
    }

    [UnmanagedCallersOnly]
    private static int Initialize(uint flags) => 0;

    [UnmanagedCallersOnly]
    private static int Get(int* device, int index)
    {
        *device = 10 + index;
        return index < 3 ? 0 : 101;
    }

    [UnmanagedCallersOnly]
    private static int Retain(nint* context, int device)
    {
        Calls.Add($"retain {device}");
        *context = 77;
        Known = device == 11;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Push(nint context)
    {
        Calls.Add($"push {context}");
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Information(nuint* free, nuint* total)
    {
        (*free, *total) = ((nuint)5 << 30, (nuint)9 << 30);
        return Known ? 0 : 2;
    }

    [UnmanagedCallersOnly]
    private static int Pop(nint* context)
    {
        Calls.Add("pop");
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Release(int device)
    {
        Calls.Add($"release {device}");
        return 0;
    }

    private static bool Known { get; set; }
}
