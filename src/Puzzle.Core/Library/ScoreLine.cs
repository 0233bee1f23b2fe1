using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

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
    public static byte[] Format(BlockScore score)
    {
        string json = JsonSerializer.Serialize(score, LibraryJson.Default.BlockScore);
        return Encoding.UTF8.GetBytes($"{Encoding.UTF8.GetString(Start)}{ChecksumOf(json)}\",\"score\":{json}}}\n");
    }

    /// <summary>Reads a line; null if it is damaged.</summary>
    /// <param name="line">The line, without its line feed. If the one before it lost its line feed, both are here.</param>
    public static BlockScore? Parse(ReadOnlySpan<byte> line)
    {
        int start = line.LastIndexOf(Start);
        if (start < 0)
            return null;
        try
        {
            ScoreLine? read = JsonSerializer.Deserialize(line[start..], LibraryJson.Default.ScoreLine);
            return read is not null && read.Checksum == ChecksumOf(read.Score.GetRawText())
                && read.Score.Deserialize(LibraryJson.Default.BlockScore) is { } score && score.Samples?.Values.Contains(null!) != true
                ? score
                : null;
        }
        // Beside JsonException: text that is not UTF-8, an element that is no score.
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static string ChecksumOf(string json) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..ChecksumDigits];
}
