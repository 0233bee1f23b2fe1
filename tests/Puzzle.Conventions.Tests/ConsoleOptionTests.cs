using System.Text.RegularExpressions;

namespace Puzzle.Tests;

/// <summary>An option that means the same in several commands is declared once, in <c>CommonOptions</c> or another catalog.</summary>
public sealed partial class ConsoleOptionTests
{
    // One word, but another meaning, type or set of rules in each command.
    private static readonly string[] Different = ["json", "library", "out", "score-windows", "seed", "shares", "temperature"];

    [Fact]
    public void Options_OfTheConsole_AreDeclaredOnce()
    {
        string[] declared = [.. SourceFiles.All.Where(file => file.StartsWith("samples/Puzzle.Console/", StringComparison.Ordinal))
            .SelectMany(file => Declared().Matches(string.Join('\n', SourceFiles.Lines(file))))
            .Select(match => match.Groups[1].Value)];

        Assert.True(declared.Length > 60, $"{declared.Length} declarations were found.");
        Assert.Equal(
            Different.Append("work").Append("model").Order(StringComparer.Ordinal),
            declared.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("""new(?: Option<[^>]+>+)?\(\s*"--([a-z-]+)"[,)]""")]
    private static partial Regex Declared();
}
