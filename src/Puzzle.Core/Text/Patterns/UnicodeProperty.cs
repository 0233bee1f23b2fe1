using System.Collections.Frozen;
using System.Globalization;
using static System.Globalization.UnicodeCategory;

namespace Puzzle.Text.Patterns;

/// <summary>Reads the names of Unicode's general categories in a regular expression.</summary>
internal static class UnicodeProperty
{
    private static readonly UnicodeCategory[] Letters = [UppercaseLetter, LowercaseLetter, TitlecaseLetter, ModifierLetter, OtherLetter];
    private static readonly UnicodeCategory[] Marks = [NonSpacingMark, SpacingCombiningMark, EnclosingMark];
    private static readonly UnicodeCategory[] Numbers = [DecimalDigitNumber, LetterNumber, OtherNumber];
    private static readonly UnicodeCategory[] Separators = [SpaceSeparator, LineSeparator, ParagraphSeparator];
    private static readonly UnicodeCategory[] Symbols = [MathSymbol, CurrencySymbol, ModifierSymbol, OtherSymbol];
    private static readonly UnicodeCategory[] Others = [Control, Format, Surrogate, PrivateUse, OtherNotAssigned];

    private static readonly UnicodeCategory[] Punctuation =
        [
            ConnectorPunctuation, DashPunctuation, OpenPunctuation, ClosePunctuation, InitialQuotePunctuation, FinalQuotePunctuation,
            OtherPunctuation
        ];

    private static readonly FrozenDictionary<string, CodePointSet> Sets = new (string Names, UnicodeCategory[] Categories)[]
    {
        ("l letter", Letters), ("lu uppercaseletter", [UppercaseLetter]), ("ll lowercaseletter", [LowercaseLetter]),
        ("lt titlecaseletter", [TitlecaseLetter]),
        ("lm modifierletter", [ModifierLetter]), ("lo otherletter", [OtherLetter]),
        ("lc casedletter", [UppercaseLetter, LowercaseLetter, TitlecaseLetter]),
        ("m mark", Marks), ("mn nonspacingmark", [NonSpacingMark]), ("mc spacingmark", [SpacingCombiningMark]),
        ("me enclosingmark", [EnclosingMark]),
        ("n number", Numbers), ("nd decimalnumber digit", [DecimalDigitNumber]), ("nl letternumber", [LetterNumber]),
        ("no othernumber", [OtherNumber]),
        ("z separator", Separators), ("zs spaceseparator", [SpaceSeparator]), ("zl lineseparator", [LineSeparator]),
        ("zp paragraphseparator", [ParagraphSeparator]),
        ("s symbol", Symbols), ("sm mathsymbol", [MathSymbol]), ("sc currencysymbol", [CurrencySymbol]),
        ("sk modifiersymbol", [ModifierSymbol]), ("so othersymbol", [OtherSymbol]),
        ("p punctuation punct", Punctuation), ("pc connectorpunctuation", [ConnectorPunctuation]),
        ("pd dashpunctuation", [DashPunctuation]),
        ("ps openpunctuation", [OpenPunctuation]), ("pe closepunctuation", [ClosePunctuation]),
        ("pi initialpunctuation", [InitialQuotePunctuation]),
        ("pf finalpunctuation", [FinalQuotePunctuation]), ("po otherpunctuation", [OtherPunctuation]),
        ("c other", Others), ("cc control cntrl", [Control]), ("cf format", [Format]), ("cs surrogate", [Surrogate]),
        ("co privateuse", [PrivateUse]), ("cn unassigned", [OtherNotAssigned]),
        ("alpha alphabetic", [.. Letters, LetterNumber]), ("alnum", [.. Letters, LetterNumber, DecimalDigitNumber]),
        ("upper uppercase", [UppercaseLetter]), ("lower lowercase", [LowercaseLetter]),
    }
        .SelectMany(entry => entry.Names.Split(' ').Select(name => KeyValuePair.Create(name, CodePointSet.Of(entry.Categories))))
        .Concat([
            new("space", CodePointSet.WhiteSpace), new("whitespace", CodePointSet.WhiteSpace), new("word", CodePointSet.Word),
            new("xdigit", CodePointSet.HexDigit), new("any", CodePointSet.Any)
        ])
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads \p{...}, \P{...}, \p{^...} or \p and one letter.</summary>
    public static CodePointSet Read(string text, ref int at)
    {
        bool negated = text[at + 1] == 'P';
        at += 2;
        if (at >= text.Length)
            throw new FormatException("found \\p without a name");
        string name = text[at++].ToString();
        if (name == "{")
        {
            int end = text.IndexOf('}', at);
            if (end < 0)
                throw new FormatException("found a property's name that does not end");
            name = text[at..end];
            at = end + 1;
        }
        if (name.StartsWith('^'))
            (negated, name) = (!negated, name[1..]);
        CodePointSet set = Find(name);
        return negated ? set.Complement() : set;
    }

    /// <summary>Reads [:...:] or [:^...:], inside a set of characters.</summary>
    public static CodePointSet ReadPosix(string text, ref int at)
    {
        int end = text.IndexOf(":]", at + 2, StringComparison.Ordinal);
        if (end < 0)
            throw new FormatException("found a property's name that does not end");
        string name = text[(at + 2)..end];
        at = end + 2;
        return name.StartsWith('^') ? Find(name[1..]).Complement() : Find(name);
    }

    private static CodePointSet Find(string name) =>
        Sets.GetValueOrDefault(name.Replace("_", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal))
            ?? throw new FormatException($"found the property '{name}', which is not supported");
}
