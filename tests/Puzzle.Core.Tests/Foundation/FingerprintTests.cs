using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Foundation;
using Puzzle.Library;

namespace Puzzle.Tests.Foundation;

public sealed class FingerprintTests
{
    [Fact]
    public void Of_DifferentValues_NeverMeet()
    {
        string[] all =
        [
            Fingerprint.Of(),
            Fingerprint.Of(""),
            Fingerprint.Of(null, null),
            Fingerprint.Of([null]),
            Fingerprint.Of("\0"),
            Fingerprint.Of("ab", "c"),
            Fingerprint.Of("a", "bc"),
            Fingerprint.Of("abc"),
            Fingerprint.Of("abc", ""),
            Fingerprint.Of("1:a;1:b;"),
            Fingerprint.Of("a", "b"),
            Fingerprint.Of("a;1:b"),
            Fingerprint.Of(0.1),
            Fingerprint.Of(Math.BitIncrement(0.1)),
            Fingerprint.Of(1, 2),
            Fingerprint.Of(12),
        ];

        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.All(all, hash => Assert.Matches("^[0-9a-f]{64}$", hash));
    }

    [Fact]
    public void Of_AnyCulture_IsTheSame()
    {
        string expected = Fingerprint.Of(0.5, 1234567, new GatedFfnConfig(704), SubblockKind.Ffn);
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
            Assert.Equal(expected, Fingerprint.Of(0.5, 1234567, new GatedFfnConfig(704), SubblockKind.Ffn));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
