using Puzzle.Library;

namespace Puzzle.Tests.Library;

public sealed class ScoreJournalTests : IDisposable
{
    private readonly LibraryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_LastLineTornAtAnyByte_DropsItAndGoesOn()
    {
        Append(0, 1, 2);
        byte[] whole = File.ReadAllBytes(_folder.Scores);
        int lastLine = whole.AsSpan(0, whole.Length - 1).LastIndexOf((byte)'\n') + 1;
        for (int cut = lastLine; cut < whole.Length; cut++)
        {
            File.WriteAllBytes(_folder.Scores, whole[..cut]);
            using (var journal = new ScoreJournal(_folder.Scores))
            {
                Assert.Equal(lastLine, new FileInfo(_folder.Scores).Length);
                Assert.Equal([true, true, false, false], Found(journal));
                journal.Add(LibraryFolder.Score(3));
                Assert.Equal([true, true, false, true], Found(journal));
            }
            using var reopened = new ScoreJournal(_folder.Scores);
            Assert.Equal([true, true, false, true], Found(reopened));
        }
    }

    [Fact]
    public void Open_TailOfZeros_IsDropped()
    {
        Append(0, 1);
        long length = new FileInfo(_folder.Scores).Length;
        using (FileStream file = File.Open(_folder.Scores, FileMode.Append))
            file.Write(new byte[4096]);

        using var journal = new ScoreJournal(_folder.Scores);

        Assert.Equal(length, new FileInfo(_folder.Scores).Length);
        Assert.Equal([true, true, false, false], Found(journal));
    }

    [Theory]
    [InlineData("kl_div", "kl_dif")]
    [InlineData("block-1", "block-7")]
    [InlineData("\"score\"", "\"store\"")]
    [InlineData("{\"checksum\":\"", "{\"checksum\":\"0")]
    public void Open_DamagedLine_CountsAsAbsent(string text, string damaged)
    {
        Append(0, 1, 2);
        string[] lines = File.ReadAllLines(_folder.Scores);
        Assert.Contains(text, lines[1], StringComparison.Ordinal);
        lines[1] = lines[1].Replace(text, damaged, StringComparison.Ordinal);
        File.WriteAllText(_folder.Scores, string.Join('\n', lines) + "\n");

        using var journal = new ScoreJournal(_folder.Scores);

        Assert.Equal([true, false, true, false], Found(journal));
    }

    [Fact]
    public void Open_EveryByteOfALineInTurnNotUtf8_LosesThatLineOnly()
    {
        Append(0, 1, 2);
        byte[] whole = File.ReadAllBytes(_folder.Scores);
        int start = Array.IndexOf(whole, (byte)'\n') + 1, end = Array.IndexOf(whole, (byte)'\n', start) + 1;
        for (int position = start; position < end; position++)
        {
            byte[] damaged = [.. whole];
            damaged[position] = 0xAA;
            File.WriteAllBytes(_folder.Scores, damaged);
            using var journal = new ScoreJournal(_folder.Scores);
            Assert.Equal([true, false, true, false], Found(journal));
        }
    }

    [Fact]
    public void Add_WritesOneReadableLinePerScore()
    {
        Append(1, 1);

        string[] lines = File.ReadAllLines(_folder.Scores);

        Assert.Equal(2, lines.Length);
        Assert.Equal(lines[0], lines[1]);
        Assert.Matches("""^\{"checksum":"[0-9a-f]{16}","score":\{"block_id":"block-1","layer":1,"config":"gqa-2\\u002B352","data_fingerprint":.*,"metrics":\{"kl_div":0\.3333333333333333,"lm_loss":2\}\}\}$""", lines[0]);
    }

    [Fact]
    public void Add_CallersDictionaryChangesLater_KeepsWhatWasWritten()
    {
        var metrics = new Dictionary<string, double> { ["kl_div"] = 1 };
        using var journal = new ScoreJournal(_folder.Scores);
        journal.Add(LibraryFolder.Score(0) with { Metrics = metrics });

        metrics["kl_div"] = 2;

        Assert.Equal(1, journal.Find("block-0", LibraryFolder.Score(0).DataFingerprint)!.Metrics["kl_div"]);
    }

    private void Append(params int[] scores)
    {
        using var journal = new ScoreJournal(_folder.Scores);
        foreach (int index in scores)
            journal.Add(LibraryFolder.Score(index));
    }

    private static bool[] Found(ScoreJournal journal) =>
        [.. Enumerable.Range(0, 4).Select(index => journal.Find($"block-{index}", LibraryFolder.Score(index).DataFingerprint) is not null)];
}
