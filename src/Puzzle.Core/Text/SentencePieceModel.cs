using System.Text;
using Puzzle.Foundation;

namespace Puzzle.Text;

/// <summary>What a SentencePiece byte-pair <c>tokenizer.model</c> says.</summary>
internal sealed record SentencePieceModel(
    IReadOnlyList<SentencePiece> Pieces,
    int BeginOfTextId,
    int EndOfTextId,
    bool ByteFallback,
    bool AddsLeadingSpace)
{
    private const int BytePairModelType = 2;

    // Training makes pieces of 16 characters by default; every cut of a piece is looked up.
    private const int LongestPiece = 1024;

    /// <summary>Reads the file's protobuf message.</summary>
    /// <exception cref="CheckpointFormatException">The message is malformed or is not a plain byte-pair model.</exception>
    public static SentencePieceModel Parse(ReadOnlySpan<byte> message, string file)
    {
        try
        {
            var pieces = new List<SentencePiece>();
            ReadOnlySpan<byte> trainer = default, normalizer = default;
            var reader = new ProtobufReader(message);
            while (reader.Read())
            {
                if (reader.Field == 1)
                    pieces.Add(ReadPiece(reader.Bytes));
                else if (reader.Field == 2)
                    trainer = reader.Bytes;
                else if (reader.Field == 3)
                    normalizer = reader.Bytes;
            }
            (int begin, int end, bool byteFallback) = ReadTrainer(trainer, file);
            return new SentencePieceModel(pieces, begin, end, byteFallback, ReadNormalizer(normalizer, file));
        }
        catch (Exception malformed) when (malformed is FormatException or DecoderFallbackException)
        {
            throw new CheckpointFormatException(file, $"not a SentencePiece model: {malformed.Message}", malformed);
        }
    }

    private static SentencePiece ReadPiece(ReadOnlySpan<byte> message)
    {
        var piece = new SentencePiece("", 0, SentencePieceKind.Normal);
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            piece = reader.Field switch
            {
                1 => piece with { Text = ReadText(reader.Bytes) },
                2 => piece with { Score = BitConverter.UInt32BitsToSingle((uint)reader.Number) },
                3 => piece with { Kind = (SentencePieceKind)reader.Number },
                _ => piece,
            };
        }
        return piece.Text.Length <= LongestPiece
            ? piece
            : throw new FormatException($"a piece has {piece.Text.Length} characters; at most {LongestPiece} are accepted");
    }

    private static (int BeginOfTextId, int EndOfTextId, bool ByteFallback) ReadTrainer(ReadOnlySpan<byte> message, string file)
    {
        int begin = 1, end = 2;
        ulong type = 1;
        bool byteFallback = false;
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 3:
                    type = reader.Number;
                    break;
                case 35:
                    byteFallback = reader.Number != 0;
                    break;
                case 41:
                    begin = unchecked((int)reader.Number);
                    break;
                case 42:
                    end = unchecked((int)reader.Number);
                    break;
            }
        }
        return type == BytePairModelType
            ? (begin, end, byteFallback)
            : throw new CheckpointFormatException(
                file, $"the SentencePiece model type {type} is not supported, only byte-pair models ({BytePairModelType})");
    }

    /// <summary>Gives whether a space is put before the text; anything else that rewrites text is refused.</summary>
    private static bool ReadNormalizer(ReadOnlySpan<byte> message, string file)
    {
        bool addsLeadingSpace = true, removesSpaces = true, marksSpaces = true, rewrites = false;
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 2:
                    rewrites = !reader.Bytes.IsEmpty;
                    break;
                case 3:
                    addsLeadingSpace = reader.Number != 0;
                    break;
                case 4:
                    removesSpaces = reader.Number != 0;
                    break;
                case 5:
                    marksSpaces = reader.Number != 0;
                    break;
            }
        }
        if (rewrites || removesSpaces || !marksSpaces)
            throw new CheckpointFormatException(file, "a SentencePiece model that normalizes characters or white space is not supported");
        return addsLeadingSpace;
    }

    private static string ReadText(ReadOnlySpan<byte> utf8) =>
        new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(utf8);
}
