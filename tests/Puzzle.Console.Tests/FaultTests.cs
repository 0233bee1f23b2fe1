using Puzzle.Models;

namespace Puzzle.Tests;

public sealed class FaultTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void KilledAtRandomMoments_ContinuedRun_EqualsAnUninterruptedOneBitForBit()
    {
        ConsoleResult whole = ConsoleProcess.Run(_run.Arguments("whole"));
        Assert.True(whole.ExitCode == 0, whole.Error);
        var random = new Random(11);
        int units = _run.Units("whole");

        foreach (int made in Enumerable.Range(0, 3).Select(_ => random.Next(units)).Order())
            KillOnce(() => _run.Units("killed") > made, random);
        KillOnce(() => Directory.Exists(Path.Combine(_run["killed"], "uptraining")), random);
        ConsoleResult last = ConsoleProcess.Run(_run.Arguments("killed", further: "--resume"));

        Assert.True(last.ExitCode == 0, last.Error);
        AssertSame("whole", "killed");
        Assert.DoesNotContain(
            Directory.GetFileSystemEntries(_run["killed"], ".*", SearchOption.AllDirectories),
            entry => !entry.Contains("costs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(14)]
    [InlineData(60)]
    public void DiskFull_OneClearErrorAndTheRunContinuesLater(int kibibytes)
    {
        using (ConsoleProcess full = ConsoleProcess.StartWithFileLimit(kibibytes, _run.Arguments("full")))
            Assert.Contains(_run["full"], full.WaitForExit().SingleError());
        Assert.True(_run.Units("full") > 0);

        ConsoleResult continued = ConsoleProcess.Run(_run.Arguments("full", further: "--resume"));

        Assert.True(continued.ExitCode == 0, continued.Error);
        Assert.Equal(0, ConsoleProcess.Run(_run.Arguments("whole")).ExitCode);
        AssertSame("whole", "full");
    }

    [Fact]
    public void Interrupted_SaysHowToResume()
    {
        using ConsoleProcess process = ConsoleProcess.Start(_run.Arguments("stopped", blockwiseSteps: 100_000));
        WaitFor(process, () => _run.Units("stopped") > 0);
        process.Interrupt();
        ConsoleResult result = process.WaitForExit();

        Assert.Equal(130, result.ExitCode);
        Assert.Contains($"--work {_run["stopped"]} --resume", result.Error);
    }

    [Fact]
    public void WorkFolderOfAnotherParent_IsRefused()
    {
        Assert.Equal(0, ConsoleProcess.Run(_run.Distillation("work")).ExitCode);
        Dictionary<string, string> before = _run.Library("work");
        using (CausalLanguageModel other = TinyModel.Create(TinyModel.Config(2), seed: 2))
            other.Save(_run.Parent);

        Assert.Contains("another parent", ConsoleProcess.Run(_run.Distillation("work")).SingleError());
        Assert.Equal(before, _run.Library("work"));
    }

    [Fact]
    public void WorkFolderOfAnotherText_KeepsWhatItHasAndMakesTheRest()
    {
        Assert.Equal(0, ConsoleProcess.Run(_run.Distillation("work")).ExitCode);
        Dictionary<string, string> before = _run.Library("work");
        File.AppendAllText(_run.Text, "\n\nanother story that was not there.");

        Assert.Equal(0, ConsoleProcess.Run(_run.Distillation("work")).ExitCode);

        Dictionary<string, string> after = _run.Library("work");
        Assert.All(before, file => Assert.Equal(file.Value, after[file.Key]));
        Assert.Equal(2 * before.Keys.Count(IsVariant), after.Keys.Count(IsVariant));

        static bool IsVariant(string file) => file.EndsWith(".safetensors", StringComparison.Ordinal);
    }

    private void KillOnce(Func<bool> reached, Random random)
    {
        string[] resume = Directory.Exists(_run["killed"]) ? ["--resume"] : [];
        using ConsoleProcess process = ConsoleProcess.Start(_run.Arguments("killed", further: resume));
        WaitFor(process, reached);
        Thread.Sleep(random.Next(10));
        process.Kill();
    }

    private static void WaitFor(ConsoleProcess process, Func<bool> reached)
    {
        while (!process.HasExited && !reached())
            Thread.Sleep(2);
    }

    private void AssertSame(string expected, string found)
    {
        Assert.Equal(_run.Library(expected), _run.Library(found));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(_run[expected], "child", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(_run[found], "child", "model.safetensors")));
    }
}
