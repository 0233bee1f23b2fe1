using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints.Families;

/// <summary>
/// MXFP4 (OCP Microscaling Formats specification 1.0): 32 numbers share a power of two, 2^(s - 127), and have 4 bits each: a sign, two
/// bits of exponent and one of mantissa. Two lie in a byte, the low half first.
/// </summary>
internal static class Mxfp4
{
    /// <summary>What the names of packed numbers end with.</summary>
    public const string BlocksSuffix = "_blocks";

    /// <summary>What the names of the powers of two end with.</summary>
    public const string ScalesSuffix = "_scales";

    private const int BlockSize = 32;
    private const int ScaleBias = 127;

    private static readonly float[] Values = [0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6];

    /// <summary>Says where a packed tensor [E, rows, columns] is stored.</summary>
    public static IReadOnlyList<StoredPart> Parts(string name, long experts, long rows, long columns) =>
    [
        new(new WeightShape(name + BlocksSuffix, experts, rows, columns / BlockSize, BlockSize / 2), IsPacked: true),
        new(new WeightShape(name + ScalesSuffix, experts, rows, columns / BlockSize), IsPacked: true),
    ];

    /// <summary>Gives the numbers, [E, rows, columns], in brain floats, which hold them exactly; NaN where the power is not a
    /// number.</summary>
    /// <param name="blocks">[E, rows, columns / 32, 16] bytes.</param>
    /// <param name="scales">[E, rows, columns / 32] bytes.</param>
    public static Tensor Unpack(Tensor blocks, Tensor scales)
    {
        Tensor result = empty([blocks.size(0), blocks.size(1), blocks.size(2) * BlockSize], ScalarType.BFloat16);
        Tensor values = tensor(Values);
        // An expert at a time: in 32-bit floats and indices the whole would take many times its size.
        for (long expert = 0; expert < blocks.size(0); expert++)
        {
            using var scope = NewDisposeScope();
            Tensor packed = blocks[expert].to(ScalarType.Int32);
            Tensor low = packed.bitwise_and(tensor(0x0F)), high = packed.bitwise_right_shift(tensor(4));
            Tensor numbers = values.index_select(0, stack([low, high], -1).reshape(-1)).view(blocks.size(1), blocks.size(2), BlockSize);
            Tensor exponents = scales[expert].to(ScalarType.Float32).sub(tensor((float)ScaleBias));
            Tensor powers = where(scales[expert].eq(tensor((byte)255)), tensor(float.NaN), exponents.exp2());
            result[expert].copy_(numbers.mul(powers.unsqueeze(-1)).view(blocks.size(1), -1));
        }
        return result;
    }
}
