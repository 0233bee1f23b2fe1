using System.Globalization;

namespace Puzzle.Tests;

/// <summary>
/// Damaged files, read by everything that reads files: only documented exceptions, bounded memory, no hang. PUZZLE_FUZZ_INPUTS
/// sets how many inputs are tried and PUZZLE_FUZZ_FIRST the number of the first; a failure names its reader and number, which
/// repeat it.
/// </summary>
public sealed class FuzzTests
{
    // About half a minute on two cores.
    private const int UsualInputs = 4_000;
    private const long MostBytes = 64L << 20;

    // Reading one small file takes milliseconds; this is for machines that stand still for a while.
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(5);

    [Fact]
    public void Read_DamagedFiles_OnlyDocumentedExceptions()
    {
        int first = Setting("PUZZLE_FUZZ_FIRST", 0), inputs = Setting("PUZZLE_FUZZ_INPUTS", UsualInputs);
        using var folder = new TestFolder();
        IReadOnlyList<Reader> readers = Readers.All();
        var run = new FuzzRun(folder.Path, readers, MostBytes);
        var thread = new Thread(() => run.Run(first, inputs)) { IsBackground = true };
        thread.Start();
        for (int seen = -1; !thread.Join(Hang);)
        {
            Assert.True(run.Current != seen, $"{readers[run.Current % readers.Count].Name} hangs on input {run.Current}");
            seen = run.Current;
        }
        Assert.True(run.Failures.Count == 0, $"{run.Failures.Count} of {inputs} inputs:\n{string.Join('\n', run.Failures.Take(20))}");
    }

    [Fact]
    public void Read_GoodFiles_Succeeds()
    {
        using var folder = new TestFolder();
        foreach (Reader reader in Readers.All())
        {
            var run = new FuzzRun(folder.Path, [reader], MostBytes);
            foreach (byte[] seed in reader.Seeds)
                Assert.Null(run.Try(reader, seed, mustSucceed: true));
        }
    }

    [Fact]
    public void Read_FaultsOfTheSharedData_OnlyDocumentedExceptions()
    {
        string faults = SharedData.Require("faults/fuzz");
        using var folder = new TestFolder();
        IReadOnlyList<Reader> readers = Readers.All();
        foreach (string file in Directory.GetFiles(faults))
        {
            string name = Path.GetFileName(file).Split('-')[0];
            Reader reader = readers.FirstOrDefault(candidate => candidate.Name == name)
                ?? throw new InvalidOperationException($"No reader is named {name}.");
            Assert.Null(new FuzzRun(folder.Path, [reader], MostBytes).Try(reader, File.ReadAllBytes(file)));
        }
    }

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
