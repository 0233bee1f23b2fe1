using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace Puzzle.Foundation;

/// <summary>
/// The one way to read JSON that may be malformed. Text is checked once, here: what is read from a document later is valid Unicode, and
/// every fault is a <see cref="CheckpointFormatException"/>.
/// </summary>
public static class JsonReader
{
    /// <summary>Parses UTF-8 text, with or without a byte order mark.</summary>
    /// <param name="utf8">The text; not to be changed while the document is used.</param>
    /// <param name="file">Where it is from, for messages.</param>
    /// <param name="allowsDuplicates">Whether an object may have a member twice; the last one counts then.</param>
    /// <exception cref="CheckpointFormatException">It is not JSON, not UTF-8, or a string of it is not valid Unicode.</exception>
    internal static JsonDocument Parse(ReadOnlyMemory<byte> utf8, string file, bool allowsDuplicates = true)
    {
        utf8 = Checked(utf8, file);
        try
        {
            return JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = allowsDuplicates });
        }
        catch (JsonException malformed)
        {
            throw Malformed(file, malformed);
        }
    }

    /// <summary>Parses text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">Where it is from, for messages.</param>
    /// <exception cref="CheckpointFormatException">It is not JSON, or a string of it is not valid Unicode.</exception>
    public static JsonDocument Parse(string text, string file)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(Encoding.UTF8.GetBytes(text), file);
    }

    /// <summary>Reads a file that holds one record.</summary>
    /// <param name="file">The file.</param>
    /// <param name="type">How the record is written.</param>
    /// <param name="mostBytes">The most bytes to accept.</param>
    /// <exception cref="CheckpointFormatException">There is no such file, it is larger, or it holds no such record.</exception>
    public static T ReadFile<T>(string file, JsonTypeInfo<T> type, int mostBytes = int.MaxValue)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(type);
        return Deserialize(RegularFile.ReadAllBytes(file, mostBytes), type, file);
    }

    /// <summary>Reads a record.</summary>
    /// <param name="utf8">UTF-8 text, with or without a byte order mark.</param>
    /// <param name="type">How the record is written.</param>
    /// <param name="file">Where it is from, for messages.</param>
    /// <exception cref="CheckpointFormatException">It is not JSON, or not such a record.</exception>
    internal static T Deserialize<T>(ReadOnlyMemory<byte> utf8, JsonTypeInfo<T> type, string file)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(Checked(utf8, file).Span, type) ?? throw new CheckpointFormatException(file, "it holds null");
        }
        // What converters and constructors throw besides: a value that is out of range, a key that occurs twice.
        catch (Exception malformed)
            when (malformed is JsonException or ArgumentException or InvalidOperationException or NotSupportedException or FormatException
                or OverflowException)
        {
            throw Malformed(file, malformed);
        }
    }

    private static ReadOnlyMemory<byte> Checked(ReadOnlyMemory<byte> utf8, string file)
    {
        if (!Utf8.IsValid(utf8.Span))
            throw new CheckpointFormatException(file, "not valid UTF-8");
        if (utf8.Span.StartsWith(Encoding.UTF8.Preamble))
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        // Only an escape can spell half a surrogate pair.
        if (utf8.Span.IndexOf("\\u"u8) >= 0)
            CheckEscapes(utf8.Span, file);
        return utf8;
    }

    private static void CheckEscapes(ReadOnlySpan<byte> utf8, string file)
    {
        var reader = new Utf8JsonReader(utf8);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    _ = reader.GetString();
            }
        }
        catch (JsonException malformed)
        {
            throw Malformed(file, malformed);
        }
        catch (InvalidOperationException invalid)
        {
            throw new CheckpointFormatException(
                file, $"not valid JSON: the string at byte {reader.TokenStartIndex} is not valid Unicode", invalid);
        }
    }

    private static CheckpointFormatException Malformed(string file, Exception cause) =>
        new(file, $"not valid JSON: {Words(cause)}", cause);

    // The reader's own words name types of .NET.
    private static string Words(Exception cause) =>
        cause is JsonException { Path: { } place } json && json.Message.Contains("could not be converted", StringComparison.Ordinal)
        ? $"the value at {place} is none of the kind expected there (line {json.LineNumber + 1}, byte {json.BytePositionInLine})"
        : cause.Message;
}
