using System.Buffers;
using System.Globalization;
using System.Text;

namespace Puzzle.Text;

/// <summary>Cuts a text at the added tokens in it: leftmost first, then longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly SearchValues<string> _contents;
    private readonly (string Content, AddedToken Token)[] _longestFirst;

    /// <summary>Creates a finder.</summary>
    /// <param name="tokens">Each token with the text to look for.</param>
    public AddedTokenFinder(IEnumerable<(string Content, AddedToken Token)> tokens)
    {
        _longestFirst = [.. tokens.Where(entry => entry.Content.Length > 0).OrderByDescending(entry => entry.Content.Length)];
        _contents = SearchValues.Create([.. _longestFirst.Select(entry => entry.Content)], StringComparison.Ordinal);
    }

    /// <summary>Gives the parts of a text: found tokens, and the ranges between them (whose token is null).</summary>
    public IEnumerable<(int Start, int End, AddedToken? Token)> Split(string text)
    {
        int start = 0, searchFrom = 0;
        while (_longestFirst.Length > 0 && searchFrom < text.Length)
        {
            int found = text.AsSpan(searchFrom).IndexOfAny(_contents);
            if (found < 0)
                break;
            int tokenStart = searchFrom + found;
            (string content, AddedToken token) = LongestAt(text, tokenStart);
            int tokenEnd = tokenStart + content.Length;
            searchFrom = tokenEnd;
            if (token.IsSingleWord && IsPartOfWord(text, tokenStart, tokenEnd))
                continue;
            (tokenStart, tokenEnd) = WithStrippedSpace(text, token, start, tokenStart, tokenEnd);
            if (tokenStart > start)
                yield return (start, tokenStart, null);
            yield return (tokenStart, tokenEnd, token);
            start = tokenEnd;
            searchFrom = Math.Max(searchFrom, tokenEnd);
        }
        if (start < text.Length)
            yield return (start, text.Length, null);
    }

    private static bool IsPartOfWord(string text, int start, int end) =>
        EndsWithWord(text.AsSpan(0, start)) || StartsWithWord(text.AsSpan(end));

    private static (int Start, int End) WithStrippedSpace(string text, AddedToken token, int from, int start, int end)
    {
        while (token.StripsLeft && start > from && char.IsWhiteSpace(text[start - 1]))
            start--;
        while (token.StripsRight && end < text.Length && char.IsWhiteSpace(text[end]))
            end++;
        return (start, end);
    }

    private (string Content, AddedToken Token) LongestAt(string text, int start)
    {
        foreach ((string Content, AddedToken Token) entry in _longestFirst)
        {
            if (string.CompareOrdinal(text, start, entry.Content, 0, entry.Content.Length) == 0)
                return entry;
        }
        throw new InvalidOperationException("The search found no token.");
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out Rune last, out _) == OperationStatus.Done && IsWord(last);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune first, out _) == OperationStatus.Done && IsWord(first);

    /// <summary>Gives what Unicode's regular-expression annex calls a word character.</summary>
    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation => true,
        UnicodeCategory.Format => rune.Value is 0x200C or 0x200D,
        // Letters in circles and squares.
        UnicodeCategory.OtherSymbol => rune.Value is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
            or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
        _ => false,
    };
}
