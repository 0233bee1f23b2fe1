using CsCheck;
using Puzzle.Native;

namespace Puzzle.Tests.Native;

public sealed class ElfVersionNeedsTests
{
    [Fact]
    public void Weaken_StrongNeed_ChangesOnlyItsFlags()
    {
        byte[] image = SyntheticElf.Build(), expected = SyntheticElf.Build();
        expected[SyntheticElf.FlagsOffset] = 2;

        Assert.True(Weaken(image));

        Assert.Equal(expected, image);
    }

    [Fact]
    public void Weaken_SecondRun_ChangesNothing()
    {
        byte[] image = SyntheticElf.Build();
        Weaken(image);
        byte[] once = [.. image];

        Assert.False(Weaken(image));

        Assert.Equal(once, image);
    }

    [Fact]
    public void Weaken_VersionNotNeeded_ChangesNothing()
    {
        byte[] image = SyntheticElf.Build();

        Assert.False(ElfVersionNeeds.Weaken(image, "LIB_3.0", SyntheticElf.Symbol));

        Assert.Equal(SyntheticElf.Build(), image);
    }

    [Fact]
    public void Weaken_AnotherSymbolOfTheVersion_Throws()
    {
        byte[] image = SyntheticElf.Build(secondSymbol: "needed_symbol");

        var exception = Assert.Throws<BadImageFormatException>(() => Weaken(image));

        Assert.Contains("uses more of LIB_2.0 than unused_symbol", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weaken_RelocationAgainstTheSymbol_Throws()
    {
        byte[] image = SyntheticElf.Build(relocatedSymbol: 2);

        var exception = Assert.Throws<BadImageFormatException>(() => Weaken(image));

        Assert.Contains("calls a symbol of LIB_2.0", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weaken_NotElf_Throws()
    {
        byte[] image = new byte[1000];
        "MZ"u8.CopyTo(image);

        Assert.Throws<BadImageFormatException>(() => Weaken(image));
    }

    [Fact]
    public void Weaken_AnyTruncation_Throws()
    {
        byte[] whole = SyntheticElf.Build();

        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<BadImageFormatException>(() => Weaken(whole[..length]));
    }

    [Fact]
    public void Weaken_AnyDamage_EditsOrThrowsBadImage() =>
        Gen.Select(Gen.Int[0, SyntheticElf.Build().Length - 1], Gen.Byte).Array[1, 6].Sample(damage =>
        {
            byte[] image = SyntheticElf.Build();
            foreach ((int at, byte value) in damage)
                image[at] = value;
            byte[] before = [.. image];
            try
            {
                bool changed = Weaken(image);
                Assert.Equal(changed, !before.AsSpan().SequenceEqual(image));
            }
            catch (BadImageFormatException)
            {
                // The typed error is the other allowed outcome; anything else fails the test.
            }
        }, iter: 20_000);

    private static bool Weaken(byte[] image) => ElfVersionNeeds.Weaken(image, SyntheticElf.Version, SyntheticElf.Symbol);
}
