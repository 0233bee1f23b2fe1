using CsCheck;
using Puzzle.Deployment.Export;

namespace Puzzle.Tests.Export;

public sealed class BlockQuantiserTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Quantise_AnyRow_IsWithinAStep(int bits) =>
        Gen.Select(Gen.Float[-9, 9].Array[1, 70], Gen.OneOf(Gen.Const(16), Gen.Const(32), Gen.Const(64))).Sample((row, block) =>
        {
            var quantiser = new BlockQuantiser(bits, block);
            float[] back = RoundTrip(quantiser, row, out float[] scales);
            for (int i = 0; i < row.Length; i++)
            {
                // The largest magnitude has no counterpart of the other sign: one step there, half a step elsewhere.
                float step = Math.Abs(scales[i / block]);
                Assert.True(Math.Abs(row[i] - back[i]) <= (step * 1.0001) + 1e-30, $"{row[i]} became {back[i]}");
                if (Math.Abs(row[i]) < step * ((1 << (bits - 1)) - 1))
                    Assert.True(Math.Abs(row[i] - back[i]) <= (step * 0.5001) + 1e-30, $"{row[i]} became {back[i]}");
            }
        });

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Quantise_LargestOfABlock_IsExact(int bits)
    {
        float[] row = [0.25f, -3f, 1f, 2.5f];

        Assert.Equal(-3f, RoundTrip(new BlockQuantiser(bits, 16), row, out _)[1]);
    }

    [Fact]
    public void Quantise_Zeros_StayZeros() => Assert.All(RoundTrip(new BlockQuantiser(4, 16), new float[20], out _), value => Assert.Equal(0, value));

    [Fact]
    public void Quantise_FourBits_PutsTheFirstInTheLowHalf()
    {
        byte[] packed = new byte[8];

        new BlockQuantiser(4, 16).Quantise([-8, 7], packed, new float[1]);

        Assert.Equal(0xF0, packed[0]);
        Assert.All(packed[1..], value => Assert.Equal(0x88, value));
    }

    private static float[] RoundTrip(BlockQuantiser quantiser, float[] row, out float[] scales)
    {
        scales = new float[quantiser.Blocks(row.Length)];
        byte[] packed = new byte[scales.Length * quantiser.BlockBytes];
        float[] back = new float[row.Length];
        quantiser.Quantise(row, packed, scales);
        quantiser.Dequantise(packed, scales, back);
        return back;
    }
}
