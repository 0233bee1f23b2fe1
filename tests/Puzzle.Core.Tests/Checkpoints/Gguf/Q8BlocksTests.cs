using Puzzle.Checkpoints.Gguf;

namespace Puzzle.Tests.Checkpoints.Gguf;

public sealed class Q8BlocksTests
{
    [Fact]
    public void Quantize_KnownBlocks_GivesScaleThenRoundedBytes()
    {
        float[] values = new float[64];
        values[0] = -254;
        values[1] = 1;
        values[2] = 5.1f;
        byte[] blocks = new byte[68];

        Q8Blocks.Quantize(values, blocks);

        Assert.Equal((Half)2, BitConverter.ToHalf(blocks));
        Assert.Equal([-127, 1, 3, 0], blocks[2..6].Select(value => (int)(sbyte)value));
        Assert.All(blocks[34..], value => Assert.Equal(0, value));
    }

    [Fact]
    public void Quantize_ScaleBeyondHalf_Throws()
    {
        float[] values = new float[32];
        values[9] = 1e7f;
        Assert.Throws<OverflowException>(() => Q8Blocks.Quantize(values, new byte[34]));
    }
}
