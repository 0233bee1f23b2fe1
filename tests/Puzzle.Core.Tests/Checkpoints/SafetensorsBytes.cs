using System.Buffers.Binary;
using System.Text;

namespace Puzzle.Tests.Checkpoints;

/// <summary>Builds safetensors files by hand, right and wrong ones.</summary>
internal static class SafetensorsBytes
{
    /// <summary>Two tensors, 24 bytes of data: a = F32 [2, 2], b = I64 [1].</summary>
    public static byte[] Valid { get; } = File(
        """{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"I64","shape":[1],"data_offsets":[16,24]}}""", 24);

    public static byte[] File(string header, int dataBytes) => File(Encoding.UTF8.GetBytes(header), dataBytes);

    public static byte[] File(byte[] header, int dataBytes) => WithLength((ulong)header.Length, [.. header, .. new byte[dataBytes]]);

    public static byte[] WithLength(ulong headerLength, byte[] rest)
    {
        byte[] file = new byte[8 + rest.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, headerLength);
        rest.CopyTo(file, 8);
        return file;
    }
}
