using System.Globalization;
using System.Text;

namespace Puzzle.Text.Patterns;

/// <summary>A set of Unicode code points.</summary>
internal sealed class CodePointSet
{
    private const int Ascii = 128;

    // Members are asked one by one. Real sets have fewer, so that the patterns of real tokenizers take the steps they did.
    private const int MembersPerStep = 8;

    // A code point itself, in lower and in upper case.
    private const int CaseForms = 3;

    private readonly UInt128 _ascii;
    private readonly Func<int, bool> _contains;
    private readonly long _members;

    private CodePointSet(Func<int, bool> contains, long members = 1)
    {
        (_contains, _members) = (contains, members);
        for (int codePoint = 0; codePoint < Ascii; codePoint++)
            _ascii |= contains(codePoint) ? UInt128.One << codePoint : 0;
    }

    public static CodePointSet Any { get; } = new(_ => true);

    public static CodePointSet NotLineFeed { get; } = new(codePoint => codePoint != '\n');

    /// <summary>Gets Unicode's white space.</summary>
    public static CodePointSet WhiteSpace { get; } = new(codePoint => codePoint <= char.MaxValue && char.IsWhiteSpace((char)codePoint));

    /// <summary>Gets letters, marks, decimal digits and connectors.</summary>
    public static CodePointSet Word { get; } = new(codePoint => CharUnicodeInfo.GetUnicodeCategory(codePoint)
        is <= UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation);

    public static CodePointSet Digit { get; } = Of([UnicodeCategory.DecimalDigitNumber]);

    public static CodePointSet HexDigit { get; } = new(codePoint => codePoint <= char.MaxValue && char.IsAsciiHexDigit((char)codePoint));

    public static CodePointSet Of(int codePoint) => new(other => other == codePoint);

    public static CodePointSet Of(int first, int last) => new(codePoint => codePoint >= first && codePoint <= last);

    public static CodePointSet Of(ReadOnlySpan<UnicodeCategory> categories)
    {
        uint mask = 0;
        foreach (UnicodeCategory category in categories)
            mask |= 1u << (int)category;
        return new CodePointSet(codePoint => ((mask >> (int)CharUnicodeInfo.GetUnicodeCategory(codePoint)) & 1) != 0);
    }

    public static CodePointSet Union(IReadOnlyList<CodePointSet> sets)
    {
        CodePointSet[] all = [.. sets];
        return all.Length == 1 ? all[0] : new CodePointSet(
            codePoint => Array.Exists(all, set => set.Contains(codePoint)), all.Sum(set => set._members));
    }

    public CodePointSet And(CodePointSet other) => new(
        codePoint => Contains(codePoint) && other.Contains(codePoint), _members + other._members);

    public CodePointSet Complement() => new(codePoint => !Contains(codePoint), _members);

    /// <summary>Gives the set with everything that differs from a member in case only.</summary>
    public CodePointSet IgnoreCase() => new(
        codePoint => Contains(codePoint) || CaseVariants(codePoint).Exists(Contains), CaseForms * _members);

    /// <summary>Gives the steps that looking for a code point takes beside the first.</summary>
    public int FurtherSteps(int codePoint) => codePoint < Ascii ? 0 : (int)Math.Min(_members / MembersPerStep, int.MaxValue / 2);

    public bool Contains(int codePoint) => codePoint < Ascii ? ((_ascii >> codePoint) & 1) != UInt128.Zero : _contains(codePoint);

    private static List<int> CaseVariants(int codePoint)
    {
        // What the invariant culture leaves apart: the long s and the Kelvin sign.
        List<int> variants = codePoint switch
        {
            's' or 'S' => [0x17F],
            0x17F => ['s', 'S'],
            'k' or 'K' => [0x212A],
            0x212A => ['k', 'K'],
            _ => [],
        };
        if (Rune.TryCreate(codePoint, out Rune rune))
            variants.AddRange([Rune.ToLowerInvariant(rune).Value, Rune.ToUpperInvariant(rune).Value]);
        return variants;
    }
}
