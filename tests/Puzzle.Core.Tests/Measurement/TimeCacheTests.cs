using Puzzle.Foundation;
using Puzzle.Measurement;

namespace Puzzle.Tests.Measurement;

public sealed class TimeCacheTests : IDisposable
{
    private static readonly Recipe Key = new Recipe("test", 1).With("Part", "ffn 704");
    private static readonly MeasuredTime Time = new("ffn 704", new Timing(1.0 / 3, 0.1, 7), new Timing(1e-7, 0, 7));
    private readonly string _folder = Directory.CreateTempSubdirectory("puzzle-").FullName;

    private string EntryPath => Path.Combine(_folder, Key.Fingerprint + ".json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Find_Stored_GivesTheSameNumbers()
    {
        new TimeCache(_folder).Store(Key, Time);

        Assert.Equal(Time, new TimeCache(_folder).Find(Key));
        Assert.Equal([EntryPath], Directory.EnumerateFiles(_folder));
    }

    [Fact]
    public void Find_NeverStored_IsAbsent() => Assert.Null(new TimeCache(Path.Combine(_folder, "absent")).Find(Key));

    [Fact]
    public void Find_CutShortAnywhere_IsAbsent()
    {
        var cache = new TimeCache(_folder);
        cache.Store(Key, Time);
        byte[] whole = File.ReadAllBytes(EntryPath);
        for (int length = 0; length < whole.Length - 1; length++)
        {
            File.WriteAllBytes(EntryPath, whole[..length]);
            Assert.Null(cache.Find(Key));
        }
    }

    [Theory]
    [InlineData("0.1", "0.2")]
    [InlineData("ffn 704", "ffn 705")]
    [InlineData("Version: 1", "Version: 2")]
    [InlineData("\"prefill\"", "\"other\"")]
    [InlineData("\"time\"", "\"other\"")]
    public void Find_ContentChanged_IsAbsent(string from, string to)
    {
        var cache = new TimeCache(_folder);
        cache.Store(Key, Time);
        string text = File.ReadAllText(EntryPath);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(EntryPath, text.Replace(from, to, StringComparison.Ordinal));

        Assert.Null(cache.Find(Key));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("not json")]
    public void Find_OtherContent_IsAbsent(string content)
    {
        File.WriteAllText(EntryPath, content);

        Assert.Null(new TimeCache(_folder).Find(Key));
    }
}
