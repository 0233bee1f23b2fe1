using System.Buffers;
using System.Globalization;

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
            if (token.IsSingleWord && (EndsWithWord(text.AsSpan(0, tokenStart)) || StartsWithWord(text.AsSpan(tokenEnd))))
                continue;
            if (token.StripsLeft)
                while (tokenStart > start && char.IsWhiteSpace(text[tokenStart - 1]))
                    tokenStart--;
            if (token.StripsRight)
                while (tokenEnd < text.Length && char.IsWhiteSpace(text[tokenEnd]))
                    tokenEnd++;
            if (tokenStart > start)
                yield return (start, tokenStart, null);
            yield return (tokenStart, tokenEnd, token);
            start = tokenEnd;
            searchFrom = Math.Max(searchFrom, tokenEnd);
        }
        if (start < text.Length)
            yield return (start, text.Length, null);
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

    private static bool EndsWithWord(ReadOnlySpan<char> text) => text.Length > 0 && IsWord(text[^1]);

    private static bool StartsWithWord(ReadOnlySpan<char> text) => text.Length > 0 && IsWord(text[0]);

    private static bool IsWord(char character) =>
        char.IsLetterOrDigit(character)
        || char.GetUnicodeCategory(character) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.LetterNumber;
}
