using CsCheck;
using Puzzle.Foundation;
using Puzzle.Library;

namespace Puzzle.Tests.Library;

public sealed class DirectoryBlockLibraryDamageTests : IDisposable
{
    private const int ScoreCount = 5;

    private static readonly Gen<double> Position = Gen.Int[0, 9999].Select(part => part / 10_000.0);

    private readonly LibraryFolder _folder = new();

    public DirectoryBlockLibraryDamageTests() => _folder.Fill(ScoreCount);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_FileCutAnywhere_LosesThatUnitOnly() =>
        Gen.Select(Gen.Int[0, 1000], Position).Sample(
            (choice, where) => CheckDamage(choice, bytes => bytes[..(int)(where * bytes.Length)], changed: false),
            iter: 40, threads: 1);

    [Fact]
    public void Open_ByteChangedAnywhere_LosesThatUnitAtMost() =>
        Gen.Select(Gen.Int[0, 1000], Position, Gen.Byte[1, 255]).Sample(
            (choice, where, flip) => CheckDamage(choice, bytes =>
            {
                byte[] changed = [.. bytes];
                changed[(int)(where * bytes.Length)] ^= flip;
                return changed;
            }, changed: true),
            iter: 80, threads: 1);

    [Fact]
    public void Open_EveryVariantFileEmpty_ReadsScoresAndStartsAgain()
    {
        foreach (string file in Directory.GetFiles(_folder.VariantsFolder))
            File.WriteAllBytes(file, []);

        using DirectoryBlockLibrary library = _folder.Open();

        Assert.Empty(library.Variants);
        Assert.All(Enumerable.Range(0, ScoreCount), index => Assert.True(LibraryFolder.HasIntactScore(library, index)));
    }

    [Fact]
    public void ReadWeights_DamagedWhileOpen_Throws_AndFindDeniesIt()
    {
        using DirectoryBlockLibrary library = _folder.Open();
        SubblockVariant variant = library.Variants.First(variant => variant.Key.Config == "linear");
        string file = Directory.GetFiles(_folder.VariantsFolder, "*linear*").Single();
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);

        CheckpointFormatException refused = Assert.Throws<CheckpointFormatException>(() => library.ReadWeights(variant));

        Assert.Equal(file, refused.File);
        Assert.Null(library.Find(variant.Key, variant.Recipe));
        Assert.DoesNotContain(variant, library.Variants);
    }

    [Fact]
    public void Find_FileDeletedWhileOpen_IsNull()
    {
        using DirectoryBlockLibrary library = _folder.Open();
        foreach (string file in Directory.GetFiles(_folder.VariantsFolder))
            File.Delete(file);

        Assert.All(LibraryFolder.Units, unit => Assert.Null(library.Find(unit.Key, unit.Recipe)));
        Assert.Empty(library.Variants);
    }

    /// <summary>Damages one file of a copy; then every unit must be as it was or, if it is the damaged one, absent; and adding it again
    /// must mend it.</summary>
    private void CheckDamage(int choice, Func<byte[], byte[]> damage, bool changed)
    {
        using LibraryFolder copy = _folder.Copy();
        string[] files = [.. Directory.GetFiles(copy.VariantsFolder).Order(StringComparer.Ordinal), copy.Scores, copy.Manifest];
        string file = files[choice % files.Length];
        byte[] good = File.ReadAllBytes(file);
        byte[] bad = damage(good);
        File.WriteAllBytes(file, bad);
        if (file == copy.Manifest)
        {
            // A changed line feed at its end may still be white space.
            if (!changed && bad.Length < good.Length - 1)
                Assert.Throws<CheckpointFormatException>(() => copy.Open());
            else if (changed && bad[^1] == good[^1])
                Assert.Throws<CheckpointFormatException>(() => copy.Open());
            return;
        }

        string damaged = Path.GetFileName(file);
        var absent = new List<int>();
        using (DirectoryBlockLibrary library = copy.Open())
        {
            for (int unit = 0; unit < LibraryFolder.Units.Length; unit++)
            {
                bool isDamaged = VariantName.Of(LibraryFolder.Units[unit].Key, LibraryFolder.Units[unit].Recipe) == damaged;
                bool found = LibraryFolder.HasIntact(library, unit);
                Assert.True(found || isDamaged);
                Assert.False(found && isDamaged && !changed);
                if (!found)
                    absent.Add(unit);
            }
            Assert.Equal(LibraryFolder.Units.Length - absent.Count, library.Variants.Count);
            int end = 0;
            for (int index = 0; index < ScoreCount; index++)
            {
                int start = end;
                end = damaged == "scores.jsonl" ? Array.IndexOf(good, (byte)'\n', start) + 1 : 0;
                bool isHit = end > bad.Length || !good.AsSpan(start, end - start).SequenceEqual(bad.AsSpan(start, end - start));
                Assert.Equal(!isHit, LibraryFolder.HasIntactScore(library, index));
                if (isHit)
                    library.AddScore(LibraryFolder.Score(index));
            }
            foreach (int unit in absent)
                LibraryFolder.Add(library, unit);
        }
        using DirectoryBlockLibrary mended = copy.Open();
        Assert.All(Enumerable.Range(0, LibraryFolder.Units.Length), unit => Assert.True(LibraryFolder.HasIntact(mended, unit)));
        Assert.All(Enumerable.Range(0, ScoreCount), index => Assert.True(LibraryFolder.HasIntactScore(mended, index)));
    }
}
