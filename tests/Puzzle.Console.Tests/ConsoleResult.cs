namespace Puzzle.Tests;

/// <summary>How the console ended and what it wrote.</summary>
internal sealed record ConsoleResult(int ExitCode, string Output, string Error)
{
    /// <summary>Checks that it failed with one line on standard error and nothing of a stack trace.</summary>
    public string SingleError()
    {
        Assert.True(ExitCode == 1, $"exit code {ExitCode}: {Output}{Error}");
        string line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        return line;
    }
}
