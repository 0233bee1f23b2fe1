using Puzzle.Library;

namespace Puzzle.Tests.Library;

public sealed class LibraryCopyTests
{
    [Fact]
    public void CopyFrom_TwoHalves_GivesTheBytesOfTheLibraryMadeInOne()
    {
        using LibraryFolder whole = new(), first = new(), second = new();
        whole.Fill(scores: 0);
        using (DirectoryBlockLibrary a = first.Open(), b = second.Open())
        {
            for (int unit = 0; unit < LibraryFolder.Units.Length; unit++)
                LibraryFolder.Add(unit % 2 == 0 ? a : b, unit);

            Assert.Equal(b.Variants, a.CopyFrom(b));
            Assert.Empty(a.CopyFrom(b));
            Assert.All(Enumerable.Range(0, LibraryFolder.Units.Length), unit => Assert.True(LibraryFolder.HasIntact(a, unit)));
        }

        string[] files = [.. Directory.GetFiles(whole.VariantsFolder).Select(file => Path.GetFileName(file)!)
            .Order(StringComparer.Ordinal)];
        Assert.Equal(LibraryFolder.Units.Length, files.Length);
        Assert.Equal(files, Directory.GetFiles(first.VariantsFolder).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal(
            File.ReadAllBytes(Path.Combine(whole.VariantsFolder, file)), File.ReadAllBytes(Path.Combine(first.VariantsFolder, file))));
    }

    [Fact]
    public void CopyFrom_WhatIsThereAlready_Stays()
    {
        using LibraryFolder mine = new(), theirs = new();
        using DirectoryBlockLibrary library = mine.Open(), other = theirs.Open();
        LibraryFolder.Add(library, 0);
        LibraryFolder.Add(other, 0, shift: 1);

        Assert.Empty(library.CopyFrom(other));

        Assert.True(LibraryFolder.HasIntact(library, 0));
    }

    [Fact]
    public void CopyFrom_DamagedVariant_IsLeftOutAndTheRestCopied()
    {
        using LibraryFolder mine = new(), theirs = new();
        theirs.Fill(scores: 1);
        string damaged = Directory.GetFiles(theirs.VariantsFolder, "11-ffn-352-*").Single();
        byte[] bytes = File.ReadAllBytes(damaged);
        bytes[^1] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        using DirectoryBlockLibrary library = mine.Open(), other = theirs.Open();

        Assert.Equal(LibraryFolder.Units.Length - 1, library.CopyFrom(other).Count);

        Assert.DoesNotContain(library.Variants, variant => variant.Key.Config == "352" && variant.Key.Layer == 11);
        Assert.False(LibraryFolder.HasIntactScore(library, 0));
    }

    [Fact]
    public void CopyFrom_AnotherParentsLibrary_Throws()
    {
        using LibraryFolder mine = new(), theirs = new();
        using DirectoryBlockLibrary library = mine.Open(), other = theirs.Open("another parent");

        Assert.Contains(
            "another parent", Assert.Throws<InvalidOperationException>(() => library.CopyFrom(other)).Message, StringComparison.Ordinal);
    }
}
