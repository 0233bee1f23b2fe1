using System.Runtime.InteropServices;
using Puzzle.Checkpoints;
using static TorchSharp.torch;

namespace Puzzle.Tests.Checkpoints;

public sealed class BrainFloatsTests
{
    [Fact]
    public void Widen_EveryBrainFloat_HasTheBitsThatTorchGives()
    {
        using var scope = NewDisposeScope();
        // One more than all of them, so that vectors leave a tail.
        ushort[] patterns = [.. Enumerable.Range(0, (1 << 16) + 1).Select(pattern => (ushort)pattern)];
        Tensor halves = empty(patterns.Length, ScalarType.BFloat16);
        MemoryMarshal.AsBytes(patterns.AsSpan()).CopyTo(halves.bytes);
        float[] wide = new float[patterns.Length];

        BrainFloats.Widen(halves.bytes, MemoryMarshal.AsBytes(wide.AsSpan()));

        Assert.Equal(Bits(halves.to(ScalarType.Float32).data<float>().ToArray()), Bits(wide));
        static uint[] Bits(float[] values) => MemoryMarshal.Cast<float, uint>(values).ToArray();
    }

    [Fact]
    public void Widen_TargetOfAnotherLength_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BrainFloats.Widen(new byte[4], new byte[4]));
}
