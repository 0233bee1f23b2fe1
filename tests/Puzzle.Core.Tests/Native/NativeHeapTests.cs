using System.Runtime.InteropServices;
using Puzzle.Native;
using TorchSharp;

namespace Puzzle.Tests.Native;

public sealed partial class NativeHeapTests
{
    private const int ThisThread = 1;
    private const long PageBytes = 4096;

    [Fact]
    public void KeepFreed_SwitchedOffOrDecidedByTheEnvironment_LeavesTheAllocator()
    {
        Assert.False(NativeHeap.KeepFreed(wanted: false, _ => null));
        Assert.False(NativeHeap.KeepFreed(wanted: true, name => name == "MALLOC_TRIM_THRESHOLD_" ? "131072" : null));
        Assert.False(NativeHeap.KeepFreed(wanted: true, name => name == "GLIBC_TUNABLES" ? "glibc.malloc.mmap_threshold=1048576" : null));
    }

    [Fact]
    public void KeepFreed_LargeTensorsMadeAgainAndAgain_ClearNoNewPages()
    {
        TorchRuntime.Initialize();
        Assert.SkipUnless(NativeHeap.KeepFreed(wanted: true, _ => null), "the C library is not glibc");
        const long Elements = 8 << 20;
        torch.set_num_threads(1);
        Use();
        Use();

        long before = PageFaults();
        for (int i = 0; i < 10; i++)
            Use();
        long faults = PageFaults() - before;

        // Given back and asked for again, each would have its own pages cleared: ten times this many.
        Assert.True(faults < 5 * Elements * sizeof(float) / PageBytes, $"{faults} pages");

        static void Use()
        {
            using var scope = torch.NewDisposeScope();
            torch.zeros(Elements).add_(1);
        }
    }

    private static long PageFaults()
    {
        Span<long> usage = stackalloc long[18];
        Assert.Equal(0, GetUsage(ThisThread, ref MemoryMarshal.GetReference(usage)));
        // Two times of two numbers each, then four sizes, then the faults that needed no disk.
        return usage[8];
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, ref long usage);
}
