using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Puzzle.Deployment.Export;

/// <summary>Writes floats as a graph stores them.</summary>
internal static class FloatBytes
{
    /// <summary>Writes numbers, little endian.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="values">The numbers, finite.</param>
    /// <param name="half">As 16-bit floats rather than 32-bit ones.</param>
    /// <param name="name">What they are, for the message.</param>
    /// <exception cref="ArgumentException">A number is too large for 16 bits.</exception>
    public static void Write(Stream stream, ReadOnlySpan<float> values, bool half, string name)
    {
        if (!half)
        {
            stream.Write(MemoryMarshal.AsBytes(values));
            return;
        }
        var halves = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, halves);
        if (Array.FindIndex(halves, Half.IsInfinity) is >= 0 and var index)
            throw new ArgumentException($"Weight '{name}' holds {values[index]}, too large for 16-bit floats.", nameof(values));
        stream.Write(MemoryMarshal.AsBytes(halves.AsSpan()));
    }
}
