using Puzzle.Native;
using TorchSharp;

namespace Puzzle.Tests.Native;

public sealed class DeviceNameTests
{
    [Fact]
    public void Of_Cpu_NamesTheProcessor() => Assert.Equal($"CPU, {HostHardware.ProcessorName()}", DeviceName.Of(torch.CPU));

    // Where its name cannot be read, two machines do not share results either.
    [Fact]
    public void Of_Cuda_NamesTheModelOrTheMachine()
    {
        string name = DeviceName.Of(DeviceType.CUDA);

        Assert.StartsWith("CUDA, ", name, StringComparison.Ordinal);
        Assert.Contains(CudaDriver.NameOf(0) ?? Environment.MachineName, name, StringComparison.Ordinal);
        Assert.NotEqual(DeviceName.Of(DeviceType.CPU), name);
    }
}
