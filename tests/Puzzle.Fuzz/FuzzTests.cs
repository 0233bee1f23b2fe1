using System.Globalization;

namespace Puzzle.Tests;

/// <summary>
/// Damaged files, read by everything that reads files: only documented exceptions, bounded memory, no hang. PUZZLE_FUZZ_INPUTS
/// sets how many inputs are tried and PUZZLE_FUZZ_FIRST the number of the first; a failure names its reader and number, which
/// repeat it. PUZZLE_FUZZ_READER tries the files of one reader only, with numbers of their own.
/// </summary>
public sealed class FuzzTests
{
    /// <summary>The most that reading one file may allocate.</summary>
    internal const long MostBytes = 64L << 20;

    // About half a minute on two cores.
    private const int UsualInputs = 20_000;

    // Reading one small file takes milliseconds; this is for machines that stand still for a while.
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(5);

    // Of processor time, and only by hand: tests that run beside this one count too.
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(2);

    [Fact]
    public void Read_DamagedFiles_OnlyDocumentedExceptions()
    {
        int first = Setting("PUZZLE_FUZZ_FIRST") ?? 0, inputs = Setting("PUZZLE_FUZZ_INPUTS") ?? UsualInputs;
        bool byHand = Setting("PUZZLE_FUZZ_INPUTS") is not null;
        using var folder = new TestFolder();
        string? one = Environment.GetEnvironmentVariable("PUZZLE_FUZZ_READER");
        Reader[] readers = one is null ? [.. Readers.All] : [Readers.All.Single(reader => reader.Name == one) with { Cost = 1 }];
        var run = new FuzzRun(folder.Path, readers, MostBytes) { MostTime = byHand ? MostTime : TimeSpan.MaxValue };
        var thread = new Thread(() => run.Run(first, inputs)) { IsBackground = true };
        thread.Start();
        for (int seen = -1; !thread.Join(Hang);)
        {
            Assert.True(run.Current != seen, $"{run.ReaderOf(run.Current).Name} hangs on input {run.Current}");
            seen = run.Current;
        }
        if (byHand)
            TestContext.Current.TestOutputHelper?.WriteLine(Table(run));
        // One of each kind: what reads it, and the type of the exception.
        IEnumerable<string> kinds = run.Failures.DistinctBy(failure => string.Join(':', failure.Split(':').Skip(1).Take(2))).Take(40);
        Assert.True(run.Failures.Count == 0, $"{run.Failures.Count} of {inputs} inputs:\n{string.Join('\n', kinds)}");
    }

    [Fact]
    public void Read_GoodFiles_Succeeds()
    {
        using var folder = new TestFolder();
        foreach (Reader reader in Readers.All)
        {
            var run = new FuzzRun(folder.Path, [reader], MostBytes);
            foreach (byte[] seed in reader.Seeds)
                Assert.Null(run.Try(reader, seed, mustSucceed: true));
        }
    }

    private static string Table(FuzzRun run) => string.Join('\n', run.Spent.OrderByDescending(reader => reader.Value.Time).Select(
        reader => string.Create(
            CultureInfo.InvariantCulture,
            $"{reader.Key}: {reader.Value.Inputs} inputs, {reader.Value.Time.TotalMicroseconds / reader.Value.Inputs:F0} us each")));

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
