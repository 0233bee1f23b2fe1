using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Puzzle.Foundation;

namespace Puzzle.Tests;

/// <summary>--resume without --work: the last run of this parent, target and folder, never another's.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Resume_OnlyRunsOfOthers_IsAnErrorThatListsThem()
    {
        Directory.CreateDirectory(_run["home"]);
        Started("20260101-000000", _run.Parent, "another target", Environment.CurrentDirectory);
        Started("20260102-000000", _run["another parent"], "1 MiB", Environment.CurrentDirectory);
        Started("20260103-000000", _run.Parent, "1 MiB", _run["another folder"]);

        string line = Resume().SingleError();

        Assert.Contains("no run to resume", line, StringComparison.Ordinal);
        Assert.All(
            new[] { "20260101-000000", "20260102-000000", "20260103-000000", "another target", "another parent", "another folder" },
            word => Assert.Contains(word, line, StringComparison.Ordinal));
    }

    [Fact]
    public void Resume_RunsOfThisStart_TakesTheLast()
    {
        Directory.CreateDirectory(_run["home"]);
        Started("20260101-000000", _run.Parent, "1 MiB", Environment.CurrentDirectory);
        string last = Started("20260102-000000", _run.Parent, "1 MiB", Environment.CurrentDirectory);
        Started("20260103-000000", _run["another parent"], "1 MiB", Environment.CurrentDirectory);

        ConsoleResult result = Resume("--objective", "nothing that is known");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"Work   {last}", result.Output, StringComparison.Ordinal);
    }

    private ConsoleResult Resume(params string[] further)
    {
        using ConsoleProcess process = ConsoleProcess.StartIn(
            _run["home"],
            [
                "--parent", _run.Parent, "--text", _run.Text, "--memory", "1", "--prompt", "16", "--generate", "8", "--sequence", "32",
                "--resume", .. further
            ]);
        return process.WaitForExit();
    }

    private string Started(string name, string parent, string target, string folder)
    {
        string run = Directory.CreateDirectory(Path.Combine(_run["home"], "puzzle-sdk", "runs", name)).FullName;
        SealedJson.Write(
            Path.Combine(run, "start.json"), new Start(parent, target, folder),
            (JsonTypeInfo<Start>)JsonSerializerOptions.Default.GetTypeInfo(typeof(Start)));
        return run;
    }

    private sealed record Start(string Parent, string Target, string Folder);
}
