using Puzzle.Native;
using TorchSharp;

namespace Puzzle.Tests.Native;

public sealed class ComputeDeviceTests
{
    private const string Gpu = "NVIDIA H200";

    [Theory]
    [InlineData("auto")]
    [InlineData("cpu")]
    [InlineData("cuda")]
    [InlineData("cuda:0")]
    [InlineData("cuda:7")]
    public void ProblemWith_KnownForm_IsNull(string name) => Assert.Null(ComputeDevice.ProblemWith(name));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("CUDA")]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:+1")]
    [InlineData("cuda:1x")]
    [InlineData("cuda:99999999999")]
    public void ProblemWith_UnknownForm_NamesItAndTheForms(string? name)
    {
        string problem = ComputeDevice.ProblemWith(name)!;

        Assert.Contains($"'{name}'", problem, StringComparison.Ordinal);
        Assert.Contains("auto, cpu, cuda or cuda:n", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_AutoWithUsableGpu_TakesTheFirstAndSaysSo()
    {
        var device = ComputeDevice.Choose("auto", usable: 2, Gpu);

        Assert.Equal((DeviceType.CUDA, 0), (device.Type, device.Index));
        Assert.Contains(Gpu, device.Notice, StringComparison.Ordinal);
        Assert.Equal(torch.ScalarType.BFloat16, device.ParentType);
    }

    [Fact]
    public void Choose_AutoWithoutGpu_IsTheCpuWithoutANotice()
    {
        var device = ComputeDevice.Choose("auto", usable: 0, present: null);

        Assert.Equal(ComputeDevice.Cpu, device);
        Assert.Null(device.Notice);
        Assert.Equal(torch.ScalarType.Float32, device.ParentType);
    }

    // A GPU beside a torch of the CPU would otherwise sit idle without a word.
    [Fact]
    public void Choose_AutoWithGpuThatTorchCannotUse_SaysSo()
    {
        var device = ComputeDevice.Choose("auto", usable: 0, Gpu);

        Assert.False(device.IsCuda);
        Assert.Contains(Gpu, device.Notice, StringComparison.Ordinal);
        Assert.Contains("PUZZLE_LIBTORCH", device.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_CudaOfACpuTorch_SaysWhatToDo() =>
        Assert.Contains("PUZZLE_LIBTORCH", Assert.Throws<NotSupportedException>(
            () => ComputeDevice.Choose("cuda", usable: 0, Gpu)).Message, StringComparison.Ordinal);

    [Fact]
    public void Choose_IndexBeyondTheGpus_SaysHowManyThereAre() =>
        Assert.Contains("cuda:0 to cuda:1", Assert.Throws<ArgumentException>(
            () => ComputeDevice.Choose("cuda:2", usable: 2, Gpu)).Message, StringComparison.Ordinal);

    [Fact]
    public void Choose_Index_IsTheDeviceOfTorch()
    {
        var device = ComputeDevice.Choose("cuda:1", usable: 2, Gpu);

        Assert.Equal((DeviceType.CUDA, 1), (device.Torch.type, device.Torch.index));
        Assert.Equal("cuda:1", device.ToString());
        Assert.Null(device.Notice);
    }

    [Fact]
    public void IsSame_TellsGpusApart()
    {
        var second = new torch.Device(DeviceType.CUDA, 1);

        Assert.True(DeviceName.IsSame(new torch.Device(DeviceType.CUDA), new torch.Device(DeviceType.CUDA, 0)));
        Assert.False(DeviceName.IsSame(new torch.Device(DeviceType.CUDA, 0), second));
        Assert.False(DeviceName.IsSame(torch.CPU, second));
    }
}
