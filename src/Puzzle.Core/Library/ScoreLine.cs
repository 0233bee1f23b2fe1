using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Puzzle.Foundation;

namespace Puzzle.Library;

/// <summary>One line of the score journal.</summary>
/// <param name="Checksum">Of the score's exact text.</param>
/// <param name="Score">The score.</param>
internal sealed record ScoreLine(string Checksum, JsonElement Score)
{
    private const int ChecksumDigits = 16;

    /// <summary>Gets what every line starts with. Inside a line it cannot occur again: JSON escapes quotes.</summary>
    private static ReadOnlySpan<byte> Start => "{\"checksum\":\""u8;

    /// <summary>Writes a line, its line feed included.</summary>
    public static byte[] Format(BlockScore score) =>
        [.. Seal(JsonSerializer.SerializeToUtf8Bytes(score, LibraryJson.Default.BlockScore)), (byte)'\n'];

    /// <summary>Puts a score's checksum beside its text.</summary>
    public static byte[] Seal(byte[] json) =>
        [.. Start, .. Encoding.ASCII.GetBytes(ChecksumOf(json)), .. "\",\"score\":"u8, .. json, (byte)'}'];

    /// <summary>Reads a line; null if it is damaged.</summary>
    /// <param name="line">The line, without its line feed. If the one before it lost its line feed, both are here.</param>
    public static BlockScore? Parse(ReadOnlySpan<byte> line)
    {
        int start = line.LastIndexOf(Start);
        if (start < 0)
            return null;
        try
        {
            ScoreLine read = JsonReader.Deserialize(line[start..].ToArray(), LibraryJson.Default.ScoreLine, "a score");
            return read.Checksum == ChecksumOf(Encoding.UTF8.GetBytes(read.Score.GetRawText()))
                && read.Score.Deserialize(LibraryJson.Default.BlockScore) is { } score && score.Samples?.Values.Contains(null!) != true
                ? score
                : null;
        }
        // Whole JSON whose element is no score, or none at all.
        catch (Exception exception)
            when (exception is CheckpointFormatException or JsonException or InvalidOperationException or ArgumentException
                or NotSupportedException)
        {
            return null;
        }
    }

    private static string ChecksumOf(ReadOnlySpan<byte> json) => Convert.ToHexStringLower(SHA256.HashData(json))[..ChecksumDigits];
}
