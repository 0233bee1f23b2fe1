using System.Runtime.InteropServices;
using Puzzle.Native;

namespace Puzzle.Tests.Native;

public sealed class MicroBatchTests
{
    [Fact]
    public void OutOfMemory_OfTorch_IsTold()
    {
        Exception failed = Assert.ThrowsAny<Exception>(FailedAllocation.Ask);
        Assert.True(OutOfMemory.Is(failed), failed.Message);
    }

    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 139.81 GiB", true)]
    [InlineData("DefaultCPUAllocator: not enough memory: you tried to allocate 4096 bytes.", true)]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", true)]
    [InlineData("std::bad_alloc", true)]
    [InlineData("The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 0", false)]
    public void OutOfMemory_OfOtherAllocators_IsTold(string message, bool expected)
    {
        Assert.Equal(expected, OutOfMemory.Is(new TorchFailure(message)));
        Assert.False(OutOfMemory.Is(new InvalidOperationException(message)));
        Assert.False(OutOfMemory.Is(new InsufficientMemoryException(message)));
    }

    [Theory]
    [InlineData(8, 1000, 8)]
    [InlineData(8, 799, 4)]
    [InlineData(7, 450, 4)]
    [InlineData(7, 100, 1)]
    [InlineData(8, 1, 1)]
    public void Size_BeginsWithWhatFits(int most, long room, int expected) =>
        Assert.Equal(expected, new MicroBatch("work", most, windows => 100 * windows, room).Size);

    [Fact]
    public void Run_MemoryForTwoOfFive_BeginsAnewUntilItFits()
    {
        var batch = new MicroBatch("work", 5, windows => windows);
        var begun = new List<int>();

        int computed = batch.Run(() =>
        {
            begun.Add(batch.Size);
            int windows = 0;
            foreach ((int start, int count) in batch.Pieces(10, 15))
            {
                Assert.Equal(10 + windows, start);
                windows += count;
                if (count > 2)
                    FailedAllocation.Ask();
            }
            return windows;
        });

        Assert.Equal(5, computed);
        Assert.Equal([5, 3, 2], begun);
        Assert.Equal([2, 2, 1], batch.Pieces(0, 5).Select(piece => piece.Count));
    }

    [Fact]
    public void Run_SharedByTwo_IsHalvedOnceForFailuresOfTheSameSize()
    {
        var batch = new MicroBatch("work", 8, windows => windows);
        int failures = 0;

        batch.Run(() =>
        {
            if (failures++ > 0)
                return 0;
            // The other fails with 8 windows too, and goes on with 4.
            batch.Run(() =>
            {
                if (batch.Size == 8)
                    FailedAllocation.Ask();
                return 0;
            });
            FailedAllocation.Ask();
            return 0;
        });

        Assert.Equal(4, batch.Size);
    }

    [Fact]
    public void Run_NotEvenOneWindow_SaysWhatWasNeeded()
    {
        var batch = new MicroBatch("Scoring a block", 2, windows => windows * (300L << 20));

        var given = Assert.Throws<InsufficientMemoryException>(() => batch.Run(() =>
        {
            FailedAllocation.Ask();
            return 0;
        }));

        Assert.Contains("Scoring a block", given.Message, StringComparison.Ordinal);
        Assert.Contains("300 MiB", given.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", given.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OtherFailures_AreThrown()
    {
        var batch = new MicroBatch("work", 2, windows => windows);
        Assert.Throws<InvalidOperationException>(() => batch.Run<int>(() => throw new InvalidOperationException("out of memory")));
        Assert.Equal(2, batch.Size);
    }

    private sealed class TorchFailure(string message) : ExternalException(message);
}
