using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Puzzle.Foundation;

/// <summary>
/// JSON files that we write and read again: <c>{"digest":"...","content":...}</c>, where the digest is the SHA-256 of the content's exact
/// bytes in lower-case hexadecimal. Not a byte can change unnoticed.
/// </summary>
public static class SealedJson
{
    // Far beyond anything that is kept so; what is larger was not written here.
    private const long MostBytes = 1L << 30;

    private static ReadOnlySpan<byte> Start => "{\"digest\":\""u8;

    private static ReadOnlySpan<byte> Middle => "\",\"content\":"u8;

    private static ReadOnlySpan<byte> End => "}\n"u8;

    private static int DigestLength => SHA256.HashSizeInBytes * 2;

    /// <summary>Creates or replaces a file in one step.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">What it will hold.</param>
    /// <param name="type">How that is written.</param>
    /// <exception cref="IOException">As for <see cref="AtomicFile.Write"/>.</exception>
    public static void Write<T>(string path, T content, JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(path);
        AtomicFile.WriteBytes(path, Seal(JsonSerializer.SerializeToUtf8Bytes(content, type)));
    }

    /// <summary>Puts a content's digest beside it.</summary>
    internal static byte[] Seal(byte[] json) => [.. Start, .. Encoding.ASCII.GetBytes(DigestOf(json)), .. Middle, .. json, .. End];

    /// <summary>Reads a file; null if it is absent or damaged.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">How its content is written.</param>
    public static T? Find<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
            return null;
        try
        {
            return Content(RegularFile.ReadAllBytes(path, MostBytes)) is { } json ? JsonReader.Deserialize(json, type, path) : null;
        }
        // A pipe, or larger than what is written here; or whole, but not what is read here: another version wrote it.
        catch (CheckpointFormatException)
        {
            return null;
        }
    }

    /// <summary>Gives the content of a whole file; null if it is damaged.</summary>
    internal static ReadOnlyMemory<byte>? Content(byte[] file)
    {
        ReadOnlySpan<byte> bytes = file;
        int contentStart = Start.Length + DigestLength + Middle.Length;
        if (bytes.Length < contentStart + End.Length || !bytes.StartsWith(Start) || !bytes.EndsWith(End)
            || !bytes[(contentStart - Middle.Length)..].StartsWith(Middle))
            return null;
        ReadOnlyMemory<byte> json = file.AsMemory()[contentStart..^End.Length];
        return bytes.Slice(Start.Length, DigestLength).SequenceEqual(Encoding.ASCII.GetBytes(DigestOf(json.Span))) ? json : null;
    }

    private static string DigestOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
