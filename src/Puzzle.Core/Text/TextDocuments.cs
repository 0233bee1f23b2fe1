using System.Buffers;
using System.Text;
using Puzzle.Foundation;

namespace Puzzle.Text;

/// <summary>Reads the documents of text files.</summary>
internal static class TextDocuments
{
    /// <summary>The mark that ends a document wherever it occurs.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>Reads the documents of a UTF-8 file, one at a time.</summary>
    /// <param name="file">The file.</param>
    /// <param name="separator">
    /// What separates documents besides <see cref="EndOfText"/>, for example <c>"\n\n"</c>; null when the rest of a file is one document.
    /// </param>
    /// <param name="cancellationToken">Stops between parts of the file.</param>
    /// <returns>
    /// The documents that are not only white space. Line breaks next to a separator or mark belong to it.
    /// </returns>
    /// <exception cref="ArgumentException">The separator is empty.</exception>
    /// <exception cref="CheckpointFormatException">The file is missing or is not UTF-8; the message gives the byte.</exception>
    public static IEnumerable<string> Read(string file, string? separator = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        if (separator is { Length: 0 })
            throw new ArgumentException("The separator is empty.", nameof(separator));
        return ReadDocuments(file, separator is null ? [EndOfText] : [EndOfText, separator], cancellationToken);
    }

    private static IEnumerable<string> ReadDocuments(string file, string[] separators, CancellationToken cancellationToken)
    {
        SearchValues<string> search = SearchValues.Create(separators, StringComparison.Ordinal);
        int longest = separators.Max(separator => separator.Length);
        // The document so far, and the text after it, in which a separator may begin that goes on in the next chunk.
        var pending = new StringBuilder();
        string tail = "";
        bool isFirst = true;
        foreach (string chunk in TextFile.ReadChunks(file).Append(""))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string text = tail + chunk;
            // The empty last chunk has none after it.
            int decided = chunk.Length == 0 ? text.Length : text.Length - longest;
            int start = 0;
            for (int at = Find(text, 0, search); at >= 0 && at <= decided; at = Find(text, start, search))
            {
                if (Trim(pending.Append(text, start, at - start).ToString(), isFirst, isLast: false) is string document)
                    yield return document;
                isFirst = false;
                pending.Clear();
                start = at + separators.Where(separator => text.AsSpan(at).StartsWith(separator)).Max(separator => separator.Length);
            }
            int kept = Math.Max(start, decided);
            pending.Append(text, start, kept - start);
            tail = text[kept..];
        }
        if (Trim(pending.Append(tail).ToString(), isFirst, isLast: true) is string rest)
            yield return rest;
    }

    private static int Find(string text, int start, SearchValues<string> separators)
    {
        int found = text.AsSpan(start).IndexOfAny(separators);
        return found < 0 ? -1 : start + found;
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
