using System.Buffers.Binary;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>Quantizes to <c>q8_0</c>: 32 values become a 16-bit scale, their largest magnitude / 127, and 32 signed bytes.</summary>
internal static class Q8Blocks
{
    /// <summary>Values in a block.</summary>
    public const int BlockLength = 32;

    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 2 + BlockLength;

    /// <summary>Quantizes whole blocks.</summary>
    /// <param name="values">Finite values, a multiple of <see cref="BlockLength"/>.</param>
    /// <param name="blocks">Receives the blocks.</param>
    /// <exception cref="OverflowException">A scale does not fit a 16-bit float.</exception>
    public static void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        for (; values.Length > 0; values = values[BlockLength..], blocks = blocks[BlockBytes..])
        {
            float largest = 0;
            foreach (float value in values[..BlockLength])
                largest = Math.Max(largest, Math.Abs(value));
            float scale = largest / sbyte.MaxValue;
            if (Half.IsInfinity((Half)scale))
                throw new OverflowException(FormattableString.Invariant($"The value {largest} is too large to be quantized."));
            float inverse = scale == 0 ? 0 : 1 / scale;
            BinaryPrimitives.WriteHalfLittleEndian(blocks, (Half)scale);
            for (int i = 0; i < BlockLength; i++)
                blocks[2 + i] = unchecked((byte)(sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero));
        }
    }
}
