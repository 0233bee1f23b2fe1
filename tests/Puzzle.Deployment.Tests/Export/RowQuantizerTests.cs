using CsCheck;
using Puzzle.Deployment.Export;

namespace Puzzle.Tests.Export;

public sealed class RowQuantizerTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Quantize_AnyRow_IsWithinAStep(int bits) =>
        Gen.Select(Gen.Float[-9, 9].Array[1, 70], Gen.OneOf(Gen.Const(16), Gen.Const(32), Gen.Const(64))).Sample((row, block) =>
        {
            var quantizer = new RowQuantizer(bits, block);
            float[] back = RoundTrip(quantizer, row, out float[] scales);
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
    public void Quantize_LargestOfABlock_IsExact(int bits)
    {
        float[] row = [0.25f, -3f, 1f, 2.5f];

        Assert.Equal(-3f, RoundTrip(new RowQuantizer(bits, 16), row, out _)[1]);
    }

    [Fact]
    public void Quantize_Zeros_StayZeros() =>
        Assert.All(RoundTrip(new RowQuantizer(4, 16), new float[20], out _), value => Assert.Equal(0, value));

    [Fact]
    public void Quantize_FourBits_PutsTheFirstInTheLowHalf()
    {
        byte[] packed = new byte[8];

        new RowQuantizer(4, 16).Quantize([-8, 7], packed, new float[1]);

        Assert.Equal(0xF0, packed[0]);
        Assert.All(packed[1..], value => Assert.Equal(0x88, value));
    }

    private static float[] RoundTrip(RowQuantizer quantizer, float[] row, out float[] scales)
    {
        scales = new float[quantizer.Blocks(row.Length)];
        byte[] packed = new byte[scales.Length * quantizer.BlockBytes];
        float[] back = new float[row.Length];
        quantizer.Quantize(row, packed, scales);
        quantizer.Dequantize(packed, scales, back);
        return back;
    }
}
