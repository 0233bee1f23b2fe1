using System.Globalization;
using System.Text;

namespace Puzzle.Text.Patterns;

/// <summary>Reads the sets of characters in a regular expression.</summary>
internal sealed class CharacterClassParser(string text)
{
    private const int DeepestNesting = 20;

    private int _depth;

    /// <summary>Reads [...], with sets inside and intersections (&amp;&amp;).</summary>
    public CodePointSet Bracket(ref int at)
    {
        if (++_depth > DeepestNesting)
            throw new FormatException($"found more than {DeepestNesting} sets inside each other at character {at}");
        at++;
        bool negated = Skip('^', ref at);
        var members = new List<CodePointSet>();
        CodePointSet? intersection = null;
        // A closing bracket that comes first is a member.
        for (bool first = true; first || At(at) != ']'; first = false)
        {
            if (at >= text.Length)
                throw new FormatException("found a set of characters that does not end");
            if (text.AsSpan(at).StartsWith("&&"))
            {
                at += 2;
                intersection = Intersect(intersection, members);
                members = [];
                continue;
            }
            members.Add(Member(ref at));
        }
        at++;
        _depth--;
        CodePointSet set = Intersect(intersection, members);
        return negated ? set.Complement() : set;
    }

    /// <summary>Reads a backslash and what follows it.</summary>
    public CodePointSet Escape(ref int at)
    {
        char escaped = At(at + 1);
        if (escaped is 'p' or 'P')
            return UnicodeProperty.Read(text, ref at);
        if (Named(char.ToLowerInvariant(escaped)) is not { } set)
            return CodePointSet.Of(EscapedCodePoint(ref at));
        at += 2;
        return char.IsAsciiLetterUpper(escaped) ? set.Complement() : set;
    }

    /// <summary>Reads a character that stands for itself.</summary>
    public int CodePoint(ref int at)
    {
        if (Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
            throw new FormatException($"found half a character at character {at}");
        at += length;
        return rune.Value;
    }

    private CodePointSet Member(ref int at)
    {
        if (text.AsSpan(at).StartsWith("[:"))
            return UnicodeProperty.ReadPosix(text, ref at);
        if (text[at] == '[')
            return Bracket(ref at);
        if (text[at] == '\\' && (At(at + 1) is 'p' or 'P' || Named(char.ToLowerInvariant(At(at + 1))) is not null))
            return Escape(ref at);
        int first = OneCodePoint(ref at);
        if (At(at) != '-' || At(at + 1) is ']' or '\0' || text.AsSpan(at + 1).StartsWith("&&"))
            return CodePointSet.Of(first);
        at++;
        int last = OneCodePoint(ref at);
        return first <= last
            ? CodePointSet.Of(first, last)
            : throw new FormatException($"found a range that runs backwards before character {at}");
    }

    private int OneCodePoint(ref int at) => text[at] == '\\' ? EscapedCodePoint(ref at) : CodePoint(ref at);

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Maintainability", "CA1502", Justification = "One flat list of escapes.")]
    private int EscapedCodePoint(ref int at)
    {
        char escaped = At(at + 1);
        at += 2;
        switch (escaped)
        {
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'f':
                return '\f';
            case 'v':
                return '\v';
            case 'a':
                return '\a';
            case 'e':
                return '\u001B';
            case 'u':
                return Hexadecimal(ref at, 4);
            case 'x' when At(at) == '{':
                int end = text.IndexOf('}', at);
                at++;
                int value = Hexadecimal(ref at, end - at);
                at++;
                return value;
            case 'x':
                return Hexadecimal(ref at, 2);
            case '\0' or (>= '0' and <= '9') or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z'):
                throw new FormatException($"found '\\{escaped}', which is not supported");
            default:
                at--;
                return CodePoint(ref at);
        }
    }

    private int Hexadecimal(ref int at, int digits)
    {
        if (digits is > 0 and <= 6 && at + digits <= text.Length
            && int.TryParse(text.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value)
            && Rune.IsValid(value))
        {
            at += digits;
            return value;
        }
        throw new FormatException($"found no code point in hexadecimal digits at character {at}");
    }

    private bool Skip(char character, ref int at)
    {
        bool found = At(at) == character;
        at += found ? 1 : 0;
        return found;
    }

    private char At(int at) => at < text.Length ? text[at] : '\0';

    private static CodePointSet? Named(char letter) => letter switch
    {
        's' => CodePointSet.WhiteSpace,
        'd' => CodePointSet.Digit,
        'w' => CodePointSet.Word,
        'h' => CodePointSet.HexDigit,
        _ => null,
    };

    private static CodePointSet Intersect(CodePointSet? set, List<CodePointSet> members)
    {
        CodePointSet union = CodePointSet.Union(members);
        return set is null ? union : set.And(union);
    }
}
