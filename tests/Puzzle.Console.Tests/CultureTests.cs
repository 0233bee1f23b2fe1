using System.Text.RegularExpressions;

namespace Puzzle.Tests;

/// <summary>The console reads and prints numbers in one way, whatever language its user's system speaks.</summary>
public sealed partial class CultureTests : IDisposable
{
    private const string Library = """
        {"layer_0": {"a/1": {"stats": {"memory_bytes": 1000.5}, "metrics": {"kl_div": 0}, "is_parent": true},
          "a/2": {"stats": {"memory_bytes": 500.25}, "metrics": {"kl_div": 0.125}}, "a/3": {"stats": {"memory_bytes": 50.5}, "metrics": {"kl_div": 2.5}}}}
        """;

    private readonly TestFolder _folder = new();

    public CultureTests() => File.WriteAllText(_folder["block_library.json"], Library);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("de_DE.UTF-8")]
    [InlineData("tr_TR.UTF-8")]
    public void Solve_DecimalOptions_AreReadAndPrintedAsInAnyLanguage(string language)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the language is not taken from the environment");
        (ConsoleResult solved, ConsoleResult refused) expected = Run("C"), found = Run(language);

        Assert.Equal(0, found.solved.ExitCode);
        Assert.Contains("0.125", found.solved.Output, StringComparison.Ordinal);
        Assert.Equal(Time().Replace(expected.solved.Output, ""), Time().Replace(found.solved.Output, ""));
        Assert.Equal(1, found.refused.ExitCode);
        Assert.Equal(expected.refused.Error, found.refused.Error);
    }

    // What a search took is another time each time.
    [GeneratedRegex(@"[\d.]+ ms")]
    private static partial Regex Time();

    // 500.5 read with a decimal comma would be 5005, which the parent meets.
    private (ConsoleResult Solved, ConsoleResult Refused) Run(string language)
    {
        string[] solve = ["solve", "--library", _folder.Path, "--max"];
        return (
            ConsoleProcess.RunIn(language, [.. solve, "memory_bytes=500.5"]),
            ConsoleProcess.RunIn(language, [.. solve, "memory_bytes=500,5"]));
    }
}
