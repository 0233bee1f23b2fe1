using System.Text;
using CsCheck;

namespace Puzzle.Tests.Text;

/// <summary>Random valid Unicode text, rich in what tokenizers treat specially.</summary>
internal static class UnicodeText
{
    private static readonly string[] Fragments =
        ["the", " a", "'s", "'LL", "  ", "\n", "\r\n", "\t", "12", "\u00A0", "<|endoftext|>", "\u2581", "\u0120", "<0x41>"];

    public static Gen<string> Any { get; } = Gen.Frequency(
            (4, Gen.Int[0, Fragments.Length - 1].Select(i => Fragments[i])),
            (2, Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Select(value => new Rune(value).ToString())),
            (2, Gen.Char[' ', '~'].Select(character => character.ToString())))
        .List[0, 30].Select(string.Concat);
}
