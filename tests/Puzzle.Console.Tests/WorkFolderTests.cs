using Puzzle.Models;

namespace Puzzle.Tests;

/// <summary>What a work folder is good for once it exists.</summary>
public sealed class WorkFolderTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Interrupted_SaysHowToResume()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no SIGINT");
        using ConsoleProcess process = ConsoleProcess.StartInterruptible(_run.Arguments("stopped", blockwiseSteps: 2_000));
        process.WaitFor(() => _run.Units("stopped") > 0);
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
}
