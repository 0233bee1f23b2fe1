namespace Puzzle.Deployment.Export;

/// <summary>
/// Quantizes rows block by block, symmetrically: the weight of largest magnitude becomes the most negative integer, so that the range is
/// used whole. Integers are stored with the zero point 2^(bits - 1) added; of two 4-bit ones in a byte the first is the low half. A last
/// block that is not full is filled up with zeros.
/// </summary>
/// <param name="bits">4 or 8.</param>
/// <param name="blockSize">Weights that share a scale.</param>
internal sealed class RowQuantizer(int bits, int blockSize)
{
    private readonly int _zero = 1 << (bits - 1);

    /// <summary>Gets the blocks of a row.</summary>
    public int Blocks(int columns) => (columns + blockSize - 1) / blockSize;

    /// <summary>Gets the bytes of a block.</summary>
    public int BlockBytes => blockSize * bits / 8;

    /// <summary>Quantizes a row.</summary>
    /// <param name="row">The weights.</param>
    /// <param name="packed">Receives the integers of every block.</param>
    /// <param name="scales">Receives the scale of every block.</param>
    public void Quantize(ReadOnlySpan<float> row, Span<byte> packed, Span<float> scales)
    {
        packed.Fill((byte)(bits == 8 ? _zero : _zero | (_zero << 4)));
        for (int block = 0; block < scales.Length; block++)
        {
            ReadOnlySpan<float> weights = row[(block * blockSize)..Math.Min(row.Length, (block + 1) * blockSize)];
            float scale = LargestOf(weights) / -_zero;
            scales[block] = scale;
            if (scale == 0)
                continue;
            Span<byte> target = packed.Slice(block * BlockBytes, BlockBytes);
            for (int i = 0; i < weights.Length; i++)
                Put(target, i, (byte)Math.Clamp((int)MathF.Round(weights[i] / scale) + _zero, 0, (2 * _zero) - 1));
        }
    }

    /// <summary>Gives the weights that integers and scales stand for.</summary>
    /// <param name="packed">The integers of a row.</param>
    /// <param name="scales">Its scales.</param>
    /// <param name="row">Receives the weights.</param>
    public void Dequantize(ReadOnlySpan<byte> packed, ReadOnlySpan<float> scales, Span<float> row)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int stored = bits == 8 ? packed[i] : (packed[i / 2] >> (4 * (i % 2))) & 15;
            row[i] = (stored - _zero) * scales[i / blockSize];
        }
    }

    private void Put(Span<byte> target, int index, byte value)
    {
        if (bits == 8)
            target[index] = value;
        else if (index % 2 == 0)
            target[index / 2] = (byte)((target[index / 2] & 0xF0) | value);
        else
            target[index / 2] = (byte)((target[index / 2] & 0x0F) | (value << 4));
    }

    private static float LargestOf(ReadOnlySpan<float> weights)
    {
        float largest = 0;
        foreach (float weight in weights)
        {
            if (Math.Abs(weight) > Math.Abs(largest))
                largest = weight;
        }
        return largest;
    }
}
