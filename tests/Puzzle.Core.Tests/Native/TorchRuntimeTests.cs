using System.Runtime.InteropServices;
using Puzzle.Native;
using TorchSharp;

namespace Puzzle.Tests.Native;

public sealed partial class TorchRuntimeTests
{
    [Fact]
    public void Initialize_Again_TorchComputes()
    {
        TorchRuntime.Initialize();
        TorchRuntime.Initialize();

        using var scope = torch.NewDisposeScope();
        torch.Tensor one = torch.ones(1);
        Assert.Equal(2f, torch.cat([one, one]).sum().item<float>());
    }

    [Fact]
    public void Initialize_FromSeveralThreads_Returns() =>
        Parallel.For(0, 16, _ => TorchRuntime.Initialize());

    [Fact]
    public void Initialize_OutputFolder_HoldsNoLibtorch()
    {
        string name = NativeFolders.FileName("torch_cpu");
        Assert.Empty(Directory.EnumerateFiles(AppContext.BaseDirectory, name, SearchOption.AllDirectories));
    }

    [Fact]
    public void Initialize_NativeEnvironment_HoldsAWaitPolicy()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has one environment");

        Assert.NotNull(Marshal.PtrToStringUTF8(GetEnvironment("OMP_WAIT_POLICY")));
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnvironment(string name);
}
