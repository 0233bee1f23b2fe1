using System.Text;

namespace Puzzle.Text;

/// <summary>Text as libraries see it that keep text as UTF-8.</summary>
internal static class WellFormedText
{
    /// <summary>Replaces every half of a surrogate pair by U+FFFD.</summary>
    public static string Of(string text)
    {
        int at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (at < 0)
            return text;
        var made = new StringBuilder(text.Length).Append(text, 0, at);
        Span<char> characters = stackalloc char[2];
        foreach (Rune rune in text.AsSpan(at).EnumerateRunes())
            made.Append(characters[..rune.EncodeToUtf16(characters)]);
        return made.ToString();
    }
}
