namespace Puzzle.Tests;

/// <summary>Runs that end before their end, compared with one that did not.</summary>
public sealed class FaultTests : IDisposable
{
    private readonly TinyRun _run = new();

    public FaultTests()
    {
        ConsoleResult whole = ConsoleProcess.Run(_run.Arguments("whole"));
        Assert.True(whole.ExitCode == 0, whole.Error);
    }

    public void Dispose() => _run.Dispose();

    [Fact]
    public void KilledAtRandomMoments_ContinuedRun_EqualsAnUninterruptedOneBitForBit()
    {
        var random = new Random(11);
        int units = _run.Units("whole");

        foreach (int made in Enumerable.Range(0, 2).Select(_ => random.Next(units)).Order())
            KillOnce(() => _run.Units("killed") > made, random);
        KillOnce(() => Directory.Exists(Path.Combine(_run["killed"], "uptraining")), random);
        ConsoleResult last = ConsoleProcess.Run(_run.Arguments("killed", further: "--resume"));

        Assert.True(last.ExitCode == 0, last.Error);
        AssertSame("whole", "killed");
        Assert.DoesNotContain(
            Directory.GetFileSystemEntries(_run["killed"], ".*", SearchOption.AllDirectories),
            entry => !entry.Contains("costs", StringComparison.Ordinal));
    }

    // Too small in turn for a variant, for the scores, for the state of uptraining.
    [Fact]
    public void DiskFull_OneClearErrorEachAndTheRunContinuesLater()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files are limited by ulimit");
        string[] resume = [];
        foreach (int kibibytes in new[] { 12, 20, 60 })
        {
            using ConsoleProcess full = ConsoleProcess.StartWithFileLimit(kibibytes, _run.Arguments("full", further: resume));
            Assert.Contains(_run["full"], full.WaitForExit().SingleError());
            resume = ["--resume"];
        }

        ConsoleResult continued = ConsoleProcess.Run(_run.Arguments("full", further: resume));

        Assert.True(continued.ExitCode == 0, continued.Error);
        AssertSame("whole", "full");
    }

    private void KillOnce(Func<bool> reached, Random random)
    {
        string[] resume = Directory.Exists(_run["killed"]) ? ["--resume"] : [];
        using ConsoleProcess process = ConsoleProcess.Start(_run.Arguments("killed", further: resume));
        process.WaitFor(reached);
        Thread.Sleep(random.Next(10));
        process.Kill();
    }

    private void AssertSame(string expected, string found)
    {
        Assert.Equal(_run.Library(expected), _run.Library(found));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(_run[expected], "child", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(_run[found], "child", "model.safetensors")));
    }
}
