using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Puzzle.Checkpoints;

/// <summary>Brain floats are the upper halves of 32-bit floats.</summary>
internal static class BrainFloats
{
    /// <summary>Widens all of them, exactly.</summary>
    /// <param name="source">Brain floats, little endian.</param>
    /// <param name="target">As many 32-bit floats.</param>
    public static void Widen(ReadOnlySpan<byte> source, Span<byte> target)
    {
        ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(source);
        Span<uint> wholes = MemoryMarshal.Cast<byte, uint>(target);
        ArgumentOutOfRangeException.ThrowIfNotEqual(wholes.Length, halves.Length, nameof(target));
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref ushort from = ref MemoryMarshal.GetReference(halves);
            ref uint to = ref MemoryMarshal.GetReference(wholes);
            for (; i <= halves.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
            {
                (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(Vector256.LoadUnsafe(ref from, (nuint)i));
                (lower << 16).StoreUnsafe(ref to, (nuint)i);
                (upper << 16).StoreUnsafe(ref to, (nuint)(i + Vector256<uint>.Count));
            }
        }
        for (; i < halves.Length; i++)
            wholes[i] = (uint)halves[i] << 16;
    }
}
