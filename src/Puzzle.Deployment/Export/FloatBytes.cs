using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Export;

/// <summary>Writes floats as a graph stores them.</summary>
internal static class FloatBytes
{
    /// <summary>Gives the bytes of one number.</summary>
    public static int SizeOf(DataType type) => type == DataType.Float ? sizeof(float) : sizeof(ushort);

    /// <summary>Writes numbers, little endian.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="values">The numbers, finite.</param>
    /// <param name="type">Float, Float16 or Bfloat16.</param>
    /// <param name="name">What they are, for the message.</param>
    /// <exception cref="ArgumentException">A number is too large for the type.</exception>
    public static void Write(Stream stream, ReadOnlySpan<float> values, DataType type, string name)
    {
        if (type == DataType.Float)
        {
            stream.Write(MemoryMarshal.AsBytes(values));
        }
        else if (type == DataType.Float16)
        {
            var halves = new Half[values.Length];
            TensorPrimitives.ConvertToHalf(values, halves);
            RequireFits(values, Array.FindIndex(halves, Half.IsInfinity), name);
            stream.Write(MemoryMarshal.AsBytes(halves.AsSpan()));
        }
        else
        {
            ushort[] brains = new ushort[values.Length];
            for (int i = 0; i < brains.Length; i++)
                brains[i] = Brain(values[i]);
            RequireFits(values, Array.FindIndex(brains, brain => (brain & 0x7FFF) == 0x7F80), name);
            stream.Write(MemoryMarshal.AsBytes(brains.AsSpan()));
        }
    }

    // The upper half of the bits, rounded to the nearest, ties to even.
    private static ushort Brain(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static void RequireFits(ReadOnlySpan<float> values, int tooLarge, string name)
    {
        if (tooLarge >= 0)
            throw new ArgumentException(
                FormattableString.Invariant($"Weight '{name}' holds {values[tooLarge]}, too large for 16-bit floats."), nameof(values));
    }
}
