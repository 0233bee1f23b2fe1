using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Puzzle.Foundation;

/// <summary>Reads files; text that is not UTF-8 is refused.</summary>
public static class TextFile
{
    // Small files, of which there are many, take small buffers.
    private const int ChunkBytes = 1 << 20, SmallestChunkBytes = 64;

    /// <summary>Reads a file as a series of texts; together they are its whole text, without a byte-order mark.</summary>
    /// <exception cref="CheckpointFormatException">The file is missing or is not UTF-8.</exception>
    internal static IEnumerable<string> ReadChunks(string file)
    {
        using FileStream stream = RegularFile.OpenRead(file);
        byte[] bytes = new byte[Math.Clamp(stream.Length + 1, SmallestChunkBytes, ChunkBytes)];
        long offset = 0;
        int kept = 0;
        bool isFinal;
        do
        {
            int length = kept + stream.ReadAtLeast(bytes.AsSpan(kept), bytes.Length - kept, throwOnEndOfStream: false);
            isFinal = length < bytes.Length;
            int start = offset == 0 && bytes.AsSpan(0, length).StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
            string text = Decode(file, bytes.AsSpan(start, length - start), offset + start, isFinal, out int used);
            if (text.Length > 0)
                yield return text;
            used += start;
            offset += used;
            kept = length - used;
            bytes.AsSpan(used, kept).CopyTo(bytes);
        }
        while (!isFinal);
    }

    /// <summary>Reads a whole file, without a byte-order mark.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="CheckpointFormatException">The file is missing, a folder, a pipe or a device, or is not UTF-8.</exception>
    public static string ReadAllText(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return string.Concat(ReadChunks(file));
    }

    /// <summary>Reads the lines of a file that say something, with their numbers from 1. Line feeds alone end lines, as in JSON Lines:
    /// other separators of Unicode may stand inside a string.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="CheckpointFormatException">As for <see cref="ReadAllText"/>.</exception>
    public static IEnumerable<(int Number, string Text)> ReadLines(string file) => ReadAllText(file).Split('\n')
        .Select((line, index) => (index + 1, line.TrimEnd('\r')))
        .Where(line => !string.IsNullOrWhiteSpace(line.Item2));

    private static string Decode(string file, ReadOnlySpan<byte> bytes, long offset, bool isFinal, out int used)
    {
        char[] characters = ArrayPool<char>.Shared.Rent(bytes.Length);
        try
        {
            OperationStatus status = Utf8.ToUtf16(bytes, characters, out used, out int written, replaceInvalidSequences: false, isFinal);
            if (status == OperationStatus.InvalidData || (isFinal && status != OperationStatus.Done))
                throw new CheckpointFormatException(file, $"not valid UTF-8 at byte {offset + used}");
            return new string(characters, 0, written);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }
}
