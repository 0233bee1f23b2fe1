using System.Text;
using Puzzle.Text;

namespace Puzzle.Tests.Text;

/// <summary>Reads the SentencePiece vocabulary in a GGUF file.</summary>
internal static class GgufVocabulary
{
    public static SentencePieceModel Read(string file)
    {
        using var reader = new BinaryReader(File.OpenRead(file), Encoding.UTF8);
        Assert.Equal("GGUF", Encoding.ASCII.GetString(reader.ReadBytes(4)));
        reader.ReadUInt32();
        reader.ReadUInt64();
        var values = new Dictionary<string, object>();
        for (ulong remaining = reader.ReadUInt64(); remaining > 0; remaining--)
            values[ReadString(reader)] = ReadValue(reader, reader.ReadUInt32());

        var tokens = (object[])values["tokenizer.ggml.tokens"];
        var scores = (object[])values["tokenizer.ggml.scores"];
        var kinds = (object[])values["tokenizer.ggml.token_type"];
        var pieces = tokens.Select((text, id) => new SentencePiece((string)text, (float)scores[id], (SentencePieceKind)(int)kinds[id]));
        return new SentencePieceModel([.. pieces], BeginOfTextId: 1, EndOfTextId: 2, ByteFallback: true, AddsLeadingSpace: true);
    }

    private static object ReadValue(BinaryReader reader, uint type) => type switch
    {
        4 => reader.ReadUInt32(),
        5 => reader.ReadInt32(),
        6 => reader.ReadSingle(),
        7 => reader.ReadBoolean(),
        8 => ReadString(reader),
        9 => ReadArray(reader),
        _ => throw new NotSupportedException($"GGUF value type {type}"),
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
