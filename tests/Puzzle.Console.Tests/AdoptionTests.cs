using System.Text.Json;

namespace Puzzle.Tests;

/// <summary>The commands of those who have just come: doctor, plan, compare, and what a mistake prints.</summary>
public sealed class AdoptionTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Doctor_ThisMachine_HasWhatIsNeeded()
    {
        ConsoleResult result = ConsoleProcess.Run("doctor");

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.All(
            new[] { "torch", "ONNX Runtime", "OR-Tools", "memory", "disk" },
            what => Assert.Contains(what, result.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Plan_AndTheRunItIsFor_CountTheSameUnits()
    {
        string[] options = _run.Arguments("planned");

        ConsoleResult plan = ConsoleProcess.Run(["plan", "--json", .. options]);
        ConsoleResult run = ConsoleProcess.Run(options);

        Assert.True(plan.ExitCode == 0, plan.Error);
        using JsonDocument document = JsonDocument.Parse(plan.Output);
        int Planned(string stage) =>
            document.RootElement.GetProperty("stages")
                .EnumerateArray()
                .Single(one => one.GetProperty("stage").GetString() == stage)
                .GetProperty("units")
                .GetInt32();
        Assert.Equal(_run.Units("planned"), Planned("craft") + Planned("score"));
        Assert.True(document.RootElement.GetProperty("is_attainable").GetBoolean());
        Assert.True(run.ExitCode == 0, run.Error);
        ConsoleResult compared = ConsoleProcess.Run("compare", _run["planned"], _run["planned"]);
        Assert.True(compared.ExitCode == 0, compared.Error);
        Assert.Contains("Runs side by side", compared.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_FolderWithoutAReport_IsOneClearLine() =>
        Assert.Contains("report.json", ConsoleProcess.Run("compare", _run["absent"]).SingleError(), StringComparison.Ordinal);

    [Fact]
    public void Mistake_InTheCommandLine_PrintsNoHelp()
    {
        ConsoleResult result = ConsoleProcess.Run("evaluate", "--modle", "x");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("--modle", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Usage:", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("plan", "--help")]
    [InlineData("export", "--help")]
    [InlineData("solve", "--help")]
    public void Help_OfACommand_ShowsAnExample(params string[] arguments) =>
        Assert.Contains("Example", ConsoleProcess.Run(arguments).Output, StringComparison.Ordinal);
}
