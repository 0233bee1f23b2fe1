using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Puzzle.Foundation;

/// <summary>
/// JSON files that we write and read again: <c>{"digest":"...","content":...}</c>, where the digest is the SHA-256 of the content's exact
/// bytes in lower-case hexadecimal. Not a byte can change unnoticed.
/// </summary>
internal static class SealedJson
{
    // Far beyond anything that is kept so; what is larger was not written here.
    private const long MostBytes = 1L << 30;

    private static ReadOnlySpan<byte> Start => "{\"digest\":\""u8;

    private static ReadOnlySpan<byte> Middle => "\",\"content\":"u8;

    private static ReadOnlySpan<byte> End => "}\n"u8;

    private static int DigestLength => SHA256.HashSizeInBytes * 2;

    /// <summary>Creates or replaces a file in one step.</summary>
    /// <exception cref="IOException">As for <see cref="AtomicFile.Write"/>.</exception>
    public static void Write<T>(string path, T content, JsonTypeInfo<T> type)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(content, type);
        byte[] digest = Encoding.ASCII.GetBytes(DigestOf(json));
        AtomicFile.WriteBytes(path, [.. Start, .. digest, .. Middle, .. json, .. End]);
    }

    /// <summary>Reads a file; null if it is absent or damaged.</summary>
    public static T? Find<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > MostBytes)
            return null;
        ReadOnlySpan<byte> bytes = RegularFile.ReadAllBytes(path);
        int contentStart = Start.Length + DigestLength + Middle.Length;
        if (bytes.Length < contentStart + End.Length || !bytes.StartsWith(Start) || !bytes.EndsWith(End)
            || !bytes[(contentStart - Middle.Length)..].StartsWith(Middle))
            return null;
        ReadOnlySpan<byte> json = bytes[contentStart..^End.Length];
        if (!bytes.Slice(Start.Length, DigestLength).SequenceEqual(Encoding.ASCII.GetBytes(DigestOf(json))))
            return null;
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        // Whole, but not what is read here: another version wrote it.
        catch (Exception other) when (other is JsonException or InvalidOperationException or ArgumentException or FormatException)
        {
            return null;
        }
    }

    private static string DigestOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
