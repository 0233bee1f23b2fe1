using Puzzle.Checkpoints;

namespace Puzzle.Text;

/// <summary>Reads the documents of text files.</summary>
public static class TextDocuments
{
    /// <summary>The mark that ends a document wherever it occurs.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>Reads the documents of a UTF-8 file, one at a time.</summary>
    /// <param name="file">The file.</param>
    /// <param name="separator">
    /// What separates documents besides <see cref="EndOfText"/>, for example <c>"\n\n"</c>; null when the rest of a file is one document.
    /// </param>
    /// <returns>
    /// The documents that are not only white space. Line breaks next to a separator or mark belong to it.
    /// </returns>
    /// <exception cref="ArgumentException">The separator is empty.</exception>
    /// <exception cref="CheckpointFormatException">The file is missing or is not UTF-8; the message gives the byte.</exception>
    public static IEnumerable<string> Read(string file, string? separator = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        if (separator is { Length: 0 })
            throw new ArgumentException("The separator is empty.", nameof(separator));
        return ReadDocuments(file, separator is null ? [EndOfText] : [EndOfText, separator]);
    }

    private static IEnumerable<string> ReadDocuments(string file, string[] separators)
    {
        int longest = separators.Max(separator => separator.Length);
        string pending = "";
        bool first = true;
        foreach (string chunk in Utf8File.ReadChunks(file))
        {
            string text = pending + chunk;
            int start = 0;
            while (Find(text, start, separators) is (int at, int length) && at + longest <= text.Length)
            {
                if (Trim(text[start..at], first, isLast: false) is string document)
                    yield return document;
                first = false;
                start = at + length;
            }
            pending = text[start..];
        }
        int last = 0;
        while (Find(pending, last, separators) is (int at, int length))
        {
            if (Trim(pending[last..at], first, isLast: false) is string document)
                yield return document;
            first = false;
            last = at + length;
        }
        if (Trim(pending[last..], first, isLast: true) is string rest)
            yield return rest;
    }

    private static (int At, int Length)? Find(string text, int start, string[] separators)
    {
        (int At, int Length)? earliest = null;
        foreach (string separator in separators)
        {
            int at = text.IndexOf(separator, start, StringComparison.Ordinal);
            if (at >= 0 && (earliest is null || at < earliest.Value.At))
                earliest = (at, separator.Length);
        }
        return earliest;
    }

    private static string? Trim(string document, bool isFirst, bool isLast)
    {
        if (!isFirst)
            document = document.TrimStart('\r', '\n');
        if (!isLast)
            document = document.TrimEnd('\r', '\n');
        return string.IsNullOrWhiteSpace(document) ? null : document;
    }
}
