using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Puzzle.Text;

/// <summary>
/// Matches a regular expression as if text were a sequence of code points: .NET's engine sees UTF-16 units, so each
/// character beyond the basic plane is replaced, for matching only, by a basic-plane character of its category.
/// </summary>
internal sealed class RegexSplitter(Regex regex)
{
    /// <summary>Gets the expression.</summary>
    public string Pattern => regex.ToString();

    /// <summary>Appends the ranges of all matches, and of the text between them, in order.</summary>
    public void Split(string text, List<TextSpan> spans)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            Split(text, null, text.Length, spans);
            return;
        }
        char[] shadow = new char[text.Length];
        int[] offsets = new int[text.Length + 1];
        int count = 0, offset = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            offsets[count] = offset;
            shadow[count++] = rune.IsBmp ? (char)rune.Value : Representative(Rune.GetUnicodeCategory(rune));
            offset += rune.Utf16SequenceLength;
        }
        offsets[count] = offset;
        Split(shadow.AsSpan(0, count), offsets, text.Length, spans);
    }

    private void Split(ReadOnlySpan<char> text, int[]? offsets, int textLength, List<TextSpan> spans)
    {
        int end = 0;
        foreach (ValueMatch match in regex.EnumerateMatches(text))
        {
            int start = Offset(match.Index);
            if (start > end)
                spans.Add(new TextSpan(end, start, IsMatch: false));
            end = Offset(match.Index + match.Length);
            if (end > start)
                spans.Add(new TextSpan(start, end, IsMatch: true));
        }
        if (end < textLength)
            spans.Add(new TextSpan(end, textLength, IsMatch: false));

        int Offset(int index) => offsets is null ? index : offsets[index];
    }

    /// <summary>Gives a rarely written basic-plane character of a category.</summary>
    private static char Representative(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\uA640',
        UnicodeCategory.LowercaseLetter => '\uA641',
        UnicodeCategory.TitlecaseLetter => '\u1F88',
        UnicodeCategory.ModifierLetter => '\uA015',
        UnicodeCategory.OtherLetter => '\uA000',
        UnicodeCategory.NonSpacingMark => '\uA66F',
        UnicodeCategory.SpacingCombiningMark => '\uA823',
        UnicodeCategory.EnclosingMark => '\uA670',
        UnicodeCategory.DecimalDigitNumber => '\uA620',
        UnicodeCategory.LetterNumber => '\uA6E6',
        UnicodeCategory.OtherNumber => '\uA830',
        UnicodeCategory.Format => '\uFEFF',
        UnicodeCategory.PrivateUse => '\uE000',
        UnicodeCategory.DashPunctuation => '\u2E3A',
        UnicodeCategory.OpenPunctuation => '\u2E28',
        UnicodeCategory.ClosePunctuation => '\u2E29',
        UnicodeCategory.OtherPunctuation => '\uA60D',
        UnicodeCategory.MathSymbol => '\uFB29',
        UnicodeCategory.CurrencySymbol => '\uA838',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.OtherSymbol => '\uA828',
        _ => '\uFDD0',
    };
}
