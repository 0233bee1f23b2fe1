using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>Finds infinities and NaNs in raw tensor data: their exponent bits are all ones.</summary>
internal static class NonFinite
{
    /// <summary>Gives the index of the first element that is not finite, or -1. Integer types are always finite.</summary>
    /// <param name="data">Whole elements, little endian.</param>
    /// <param name="type">Their type.</param>
    public static long IndexOf(ReadOnlySpan<byte> data, ScalarType type) => type switch
    {
        ScalarType.Float64 => IndexOf<ulong>(data, 0x7FF0_0000_0000_0000),
        ScalarType.Float32 => IndexOf<uint>(data, 0x7F80_0000),
        ScalarType.Float16 => IndexOf<ushort>(data, 0x7C00),
        ScalarType.BFloat16 => IndexOf<ushort>(data, 0x7F80),
        _ => -1,
    };

    private static long IndexOf<T>(ReadOnlySpan<byte> data, T exponentMask)
        where T : unmanaged, IBinaryInteger<T>
    {
        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(data);
        var mask = new Vector<T>(exponentMask);
        int index = 0;
        for (; index <= elements.Length - Vector<T>.Count; index += Vector<T>.Count)
        {
            if (Vector.EqualsAny(new Vector<T>(elements[index..]) & mask, mask))
                break;
        }
        for (; index < elements.Length; index++)
        {
            if ((elements[index] & exponentMask) == exponentMask)
                return index;
        }
        return -1;
    }
}
