namespace Puzzle.Tests;

/// <summary>Plans that several processes work on: <c>plan --units</c>, <c>work</c>, <c>status</c>, <c>merge</c>.</summary>
public sealed class WorkTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void TwoWorkersOneOfThemKilled_Merged_AreTheBytesOfOneAndWhatARunFinds()
    {
        string one = Plan("one", "blocks"), many = Plan("many", "blocks");
        Succeed("work", "--plan", one);
        Succeed("merge", "--plan", one);

        using (ConsoleProcess killed = ConsoleProcess.Start("work", "--plan", many, "--share", "1/2"))
        {
            killed.WaitFor(() => Directory.Exists(Shared("many")) && Directory.EnumerateFiles(
                Shared("many"), "claim-*", SearchOption.AllDirectories).Any());
            killed.Kill();
        }
        using (ConsoleProcess second = ConsoleProcess.Start("work", "--plan", many, "--share", "2/2"))
        {
            Succeed("work", "--plan", many, "--share", "1/2");
            Assert.Equal(0, second.WaitForExit().ExitCode);
        }
        Assert.Contains("0 missing, 0 set aside", Succeed("status", "--plan", many).Output, StringComparison.Ordinal);
        Assert.Equal("\n", Succeed("status", "--plan", many, "--shares", "4").Output);
        Assert.Contains(" 0 of ", Succeed("merge", "--plan", many).Output, StringComparison.Ordinal);
        Assert.Equal(_run.Library("one"), _run.Library("many"));

        string scores = Plan("many", "scores");
        Succeed("work", "--plan", scores);
        Succeed("merge", "--plan", scores);
        int units = _run.Units("many");
        Succeed(_run.Arguments("many"));
        Assert.Equal(units, _run.Units("many"));
    }

    [Fact]
    public void FullSharedDisk_OneErrorAndNothingIsLost()
    {
        string plan = Plan("work", "blocks");
        Succeed("status", "--plan", plan);

        using (ConsoleProcess full = ConsoleProcess.StartWithFileLimit(2, "work", "--plan", plan))
            Assert.Contains(_run["work"], full.WaitForExit().SingleError(), StringComparison.Ordinal);

        Assert.Contains(" 0 running", Succeed("status", "--plan", plan).Output, StringComparison.Ordinal);
        Assert.Contains(" 0 set aside", Succeed("status", "--plan", plan).Output, StringComparison.Ordinal);
        Succeed("work", "--plan", plan);
        Assert.Contains(" 0 missing", Succeed("status", "--plan", plan).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void BadInput_OneErrorEach()
    {
        string plan = Plan("work", "blocks");

        Assert.Contains("There is no share 3/2", Fail("work", "--plan", plan, "--share", "3/2"), StringComparison.Ordinal);
        Assert.Contains("expected i/n", Fail("work", "--plan", plan, "--share", "half"), StringComparison.Ordinal);
        Assert.Contains("no task of an array", Fail("work", "--plan", plan, "--shares", "2"), StringComparison.Ordinal);
        Assert.Contains("there is no such file", Fail("status", "--plan", plan + "x"), StringComparison.Ordinal);
        Assert.Contains("lacks", Fail([.. Planned("work", "scores", "scores.json")]), StringComparison.Ordinal);
        Assert.Contains("needs --work", Fail("plan", "--units", plan), StringComparison.Ordinal);

        File.AppendAllText(_run.Text, "\n\nmore text than was planned on");
        Assert.Contains("another recipe", Fail("work", "--plan", plan), StringComparison.Ordinal);
        using (Models.CausalLanguageModel other = TinyModel.Create(TinyModel.Config(2), seed: 9))
            other.Save(_run.Parent);
        Assert.Contains("another parent", Fail("work", "--plan", plan), StringComparison.Ordinal);
    }

    private string Plan(string work, string stage)
    {
        Succeed([.. Planned(work, stage, $"{work}-{stage}.json")]);
        return _run[$"{work}-{stage}.json"];
    }

    private IEnumerable<string> Planned(string work, string stage, string file) =>
        ["plan", "--units", _run[file], "--stage", stage, .. _run.Arguments(work)];

    private string Shared(string work) => Path.Combine(_run[work], "shared");

    private static ConsoleResult Succeed(params string[] arguments)
    {
        ConsoleResult result = ConsoleProcess.Run(arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result.Output}{result.Error}");
        return result;
    }

    private static string Fail(params string[] arguments)
    {
        ConsoleResult result = ConsoleProcess.Run(arguments);
        Assert.Equal(1, result.ExitCode);
        Assert.Single(result.Error.Trim().Split('\n'));
        return result.Error;
    }
}
