namespace Puzzle.Measurement;

/// <summary>Sizes of element types.</summary>
internal static class ElementTypeExtensions
{
    /// <summary>Gives the size of one element in bits.</summary>
    /// <param name="type">The type.</param>
    public static int Bits(this ElementType type) => type switch
    {
        ElementType.Float32 => 32,
        ElementType.Float16 or ElementType.BFloat16 => 16,
        ElementType.Float8 or ElementType.Int8 => 8,
        ElementType.Int4 => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown element type."),
    };

    /// <summary>Gives the memory of many elements in bytes; a half byte left over counts as a whole one.</summary>
    /// <param name="type">The type.</param>
    /// <param name="elements">The number of elements.</param>
    /// <exception cref="OverflowException">The size does not fit 64 bits.</exception>
    public static long BytesOf(this ElementType type, long elements)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elements);
        int bits = type.Bits();
        return bits >= 8 ? checked(elements * (bits / 8)) : (elements / 2) + (elements % 2);
    }
}
