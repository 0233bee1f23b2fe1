using System.Buffers;
using System.Globalization;
using System.Text;
using Puzzle.Text.Patterns;

namespace Puzzle.Text;

/// <summary>Cuts a text at the added tokens in it: leftmost first, then longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly SearchValues<char> _firstCharacters;
    private readonly (string Content, AddedToken Token)[] _sorted;

    /// <summary>Creates a finder.</summary>
    /// <param name="tokens">Each token with the text to look for; of equal texts the first counts.</param>
    public AddedTokenFinder(IEnumerable<(string Content, AddedToken Token)> tokens)
    {
        _sorted = [.. tokens.Where(entry => entry.Content.Length > 0)
            .DistinctBy(entry => entry.Content)
            .OrderBy(entry => entry.Content, StringComparer.Ordinal)];
        _firstCharacters = SearchValues.Create([.. _sorted.Select(entry => entry.Content[0]).Distinct()]);
    }

    /// <summary>Gives the parts of a text: found tokens, and the ranges between them (whose token is null).</summary>
    public IEnumerable<(int Start, int End, AddedToken? Token)> Split(string text, TextWork work)
    {
        int start = 0, searchFrom = 0;
        while (Next(text, searchFrom, work) is { } found)
        {
            (int tokenStart, string content, AddedToken token) = found;
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

    private (int Start, string Content, AddedToken Token)? Next(string text, int from, TextWork work)
    {
        while (from < text.Length)
        {
            int found = text.AsSpan(from).IndexOfAny(_firstCharacters);
            if (found < 0)
                return null;
            from += found;
            if (LongestAt(text, from, work) is { } entry)
                return (from, entry.Content, entry.Token);
            from++;
        }
        return null;
    }

    /// <summary>Finds the longest token at a position: character by character, the sorted tokens that still agree become fewer.</summary>
    private (string Content, AddedToken Token)? LongestAt(string text, int start, TextWork work)
    {
        (string, AddedToken)? longest = null;
        int low = 0, high = _sorted.Length, depth = 0;
        while (start + depth < text.Length)
        {
            char character = text[start + depth];
            low = FirstNotBelow(low, high, depth, character);
            high = FirstNotBelow(low, high, depth, character + 1);
            if (low == high)
                break;
            depth++;
            if (_sorted[low].Content.Length == depth)
            {
                longest = _sorted[low];
                if (++low == high)
                    break;
            }
        }
        work.Spend(1 + depth);
        return longest;
    }

    private int FirstNotBelow(int low, int high, int depth, int character)
    {
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_sorted[middle].Content[depth] < character)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
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
