using System.IO.Compression;
using System.Text;
using Puzzle.Foundation;

namespace Puzzle.Measurement.Tasks;

/// <summary>Reads the texts of a zip file. What an archive states of its entries may be a lie, so what comes out of it is
/// counted.</summary>
internal static class BlimpArchive
{
    // The published file holds 30 MB of texts.
    private const int MaxBytes = 128 << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads all entries of an extension.</summary>
    /// <exception cref="CheckpointFormatException">It is not such a file, is cut short, or holds too much.</exception>
    public static List<(string Name, string Text)> Read(string path, string extension)
    {
        using FileStream stream = RegularFile.OpenRead(path);
        try
        {
            using var archive = new ZipArchive(stream);
            var texts = new List<(string, string)>();
            int left = MaxBytes;
            // The published file also holds what macOS knows of each file, in entries named "._".
            foreach (ZipArchiveEntry entry
                in archive.Entries.Where(entry => entry.Name.EndsWith(extension, StringComparison.Ordinal) && !entry.Name.StartsWith('.')))
            {
                byte[] bytes = Content(entry, left);
                left -= bytes.Length;
                texts.Add((entry.FullName, Strict.GetString(bytes)));
            }
            return texts;
        }
        // What the archive's reader throws for damaged ones, beside the exception it documents.
        catch (Exception malformed)
            when (malformed is InvalidDataException or DecoderFallbackException or IOException or NotSupportedException
                or ArgumentException or OverflowException)
        {
            throw new CheckpointFormatException(path, $"not a zip file of UTF-8 texts: {malformed.Message}", malformed);
        }
    }

    private static byte[] Content(ZipArchiveEntry entry, int most)
    {
        using Stream content = entry.Open();
        using var made = new MemoryStream();
        byte[] piece = new byte[1 << 16];
        for (int read = content.Read(piece); read > 0; read = content.Read(piece))
        {
            if (read > most - made.Length)
                throw new InvalidDataException($"the texts have more than {MaxBytes} bytes");
            made.Write(piece, 0, read);
        }
        return made.ToArray();
    }
}
