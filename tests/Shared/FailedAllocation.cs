using static TorchSharp.torch;

namespace Puzzle.Tests;

/// <summary>What torch does where memory runs out, for real: no address space has a petabyte.</summary>
internal static class FailedAllocation
{
    public static void Ask() => empty(1L << 50, ScalarType.Byte).Dispose();
}
