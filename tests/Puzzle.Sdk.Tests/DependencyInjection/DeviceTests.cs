using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Puzzle.Native;
using Puzzle.Search;
using Puzzle.Search.Profiling;
using TorchSharp;

namespace Puzzle.Tests.DependencyInjection;

public sealed class DeviceTests
{
    [Fact]
    public void UseCuda_Index_IsTheDeviceOfTheRun()
    {
        using ServiceProvider services = new ServiceCollection().AddPuzzle().UseCuda(3).Services.BuildServiceProvider();

        Assert.Equal("cuda:3", services.GetRequiredService<IOptions<ComputeOptions>>().Value.Device);
    }

    [Fact]
    public void UseCuda_NegativeIndex_IsRefusedAtOnce() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ServiceCollection().AddPuzzle().UseCuda(-1));

    [Fact]
    public void UseDevice_UnknownName_IsRefusedAtOnce() =>
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddPuzzle().UseDevice("tpu"));

    [Fact]
    public void Device_UnknownName_IsReportedByTheOptions()
    {
        using ServiceProvider services = new ServiceCollection().AddPuzzleDefaults()
            .Options<ComputeOptions>(options => options.Device = "cuda:x").Services.BuildServiceProvider();

        var problem = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<ComputeOptions>>().Value);

        Assert.Contains("cuda:x", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Profiler_WithoutAWord_MeasuresTheCpu()
    {
        using ServiceProvider services = new ServiceCollection().AddPuzzleDefaults().Services.BuildServiceProvider();

        Assert.Equal(DeviceType.CPU, services.GetRequiredService<IOptions<ProfilingOptions>>().Value.Device);
    }

    // What is measured elsewhere than it is trained was found out after hours, when the finished models were timed.
    [Fact]
    public void DeviceOf_ProfilerOnAnotherDevice_IsRefused()
    {
        var profiling = new ProfilingOptions { Device = DeviceType.CUDA, DeviceIndex = 1 };

        var problem = Assert.Throws<ArgumentException>(() => Compressor.DeviceOf(Request(), compute: null, profiling, logger: null));

        Assert.Contains("cuda:1", problem.Message, StringComparison.Ordinal);
        Assert.Contains("cpu", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compressor_ProfilerOnGpuThatTorchLacks_IsRefusedAtStart()
    {
        Assert.SkipWhen(torch.cuda.is_available(), "this torch has CUDA");
        using ServiceProvider services = new ServiceCollection().AddPuzzleDefaults()
            .UseTorchProfiler(options => (options.Device, options.DeviceIndex) = (DeviceType.CUDA, 1)).Services.BuildServiceProvider();

        var problem = Assert.Throws<OptionsValidationException>(services.GetRequiredService<Compressor>);

        Assert.Contains("CUDA", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_RequestAndServicesOfTwoDevices_AreRefused()
    {
        using ServiceProvider services = new ServiceCollection().AddPuzzleDefaults().UseCuda(1).Services.BuildServiceProvider();

        // The role itself asks torch for the GPU.
        if (!torch.cuda.is_available())
        {
            Assert.Throws<NotSupportedException>(services.GetRequiredService<Compressor>);
            return;
        }
        await Assert.ThrowsAsync<ArgumentException>(
            () => services.GetRequiredService<Compressor>().RunAsync(Request() with { Device = "cpu" }));
    }

    [Fact]
    public async Task CompressAsync_CudaOfACpuTorch_SaysWhatToDo()
    {
        Assert.SkipWhen(torch.cuda.is_available(), "This torch has a CUDA device.");

        var problem = await Assert.ThrowsAsync<NotSupportedException>(
            () => Compressor.CompressAsync(Request() with { Device = "cuda" }, configure: null));

        Assert.Contains("PUZZLE_LIBTORCH", problem.Message, StringComparison.Ordinal);
    }

    private static CompressionRequest Request() =>
        new() { Parent = "no-such-folder", Text = [], Target = new DeploymentTarget() };
}
