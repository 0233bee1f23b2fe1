using System.Text;

namespace Puzzle.Tests.Checkpoints.Gguf;

/// <summary>An independent reader of GGUF files, as the format's specification describes them.</summary>
internal sealed class GgufFile
{
    private GgufFile(Dictionary<string, object> metadata, Dictionary<string, GgufFileTensor> tensors) =>
        (Metadata, Tensors) = (metadata, tensors);

    public Dictionary<string, object> Metadata { get; }

    public Dictionary<string, GgufFileTensor> Tensors { get; }

    public static GgufFile Read(string file)
    {
        using var reader = new BinaryReader(File.OpenRead(file), Encoding.UTF8);
        Assert.Equal("GGUF", Encoding.ASCII.GetString(reader.ReadBytes(4)));
        Assert.Equal(3u, reader.ReadUInt32());
        ulong tensorCount = reader.ReadUInt64();
        var metadata = new Dictionary<string, object>();
        for (ulong remaining = reader.ReadUInt64(); remaining > 0; remaining--)
            metadata.Add(ReadString(reader), ReadValue(reader, reader.ReadUInt32()));
        var announced = new List<(string Name, long[] Sizes, uint Type, long Offset)>();
        for (; tensorCount > 0; tensorCount--)
        {
            string name = ReadString(reader);
            long[] sizes = new long[reader.ReadUInt32()];
            for (int i = 0; i < sizes.Length; i++)
                sizes[i] = reader.ReadInt64();
            announced.Add((name, sizes, reader.ReadUInt32(), reader.ReadInt64()));
        }
        long start = (reader.BaseStream.Position + 31) / 32 * 32, end = start;
        var tensors = new Dictionary<string, GgufFileTensor>();
        foreach ((string name, long[] sizes, uint type, long offset) in announced)
        {
            Assert.Equal(end, start + offset);
            long count = sizes.Aggregate(1L, (product, size) => product * size);
            long length = type switch { 0 => count * 4, 1 => count * 2, 8 => count / 32 * 34,
                _ => throw new NotSupportedException($"tensor type {type}") };
            reader.BaseStream.Position = end;
            tensors.Add(name, new GgufFileTensor(sizes, type, reader.ReadBytes((int)length)));
            end += (length + 31) / 32 * 32;
        }
        Assert.Equal(end, reader.BaseStream.Length);
        return new GgufFile(metadata, tensors);
    }

    private static object ReadValue(BinaryReader reader, uint type) => type switch
    {
        4 => reader.ReadUInt32(),
        5 => reader.ReadInt32(),
        6 => reader.ReadSingle(),
        7 => reader.ReadBoolean(),
        8 => ReadString(reader),
        9 => ReadArray(reader),
        _ => throw new NotSupportedException($"value type {type}"),
    };

    private static object[] ReadArray(BinaryReader reader)
    {
        uint type = reader.ReadUInt32();
        object[] items = new object[reader.ReadUInt64()];
        for (int i = 0; i < items.Length; i++)
            items[i] = ReadValue(reader, type);
        return items;
    }

    private static string ReadString(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));
}

/// <summary>A tensor as stored.</summary>
/// <param name="Sizes">Innermost dimension first.</param>
/// <param name="Type">0 for f32, 1 for f16, 8 for q8_0.</param>
/// <param name="Bytes">Its data.</param>
internal sealed record GgufFileTensor(long[] Sizes, uint Type, byte[] Bytes)
{
    public float[] Values()
    {
        using var reader = new BinaryReader(new MemoryStream(Bytes));
        var values = new List<float>();
        while (reader.BaseStream.Position < Bytes.Length)
        {
            if (Type == 8)
            {
                float scale = (float)reader.ReadHalf();
                for (int i = 0; i < 32; i++)
                    values.Add(scale * reader.ReadSByte());
            }
            else
            {
                values.Add(Type == 0 ? reader.ReadSingle() : (float)reader.ReadHalf());
            }
        }
        return [.. values];
    }
}
