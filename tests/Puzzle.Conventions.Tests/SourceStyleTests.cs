using System.Text.RegularExpressions;

namespace Puzzle.Tests;

/// <summary>What a reader may expect of every file: it is short, its lines fit a screen, and it is spelled one way.</summary>
public sealed partial class SourceStyleTests
{
    private const int MaxLines = 400;
    private const int MaxCharacters = 140;

    [Fact]
    public void Files_AreAtMost400Lines() =>
        Assert.DoesNotContain(SourceFiles.All, file => SourceFiles.Lines(file).Length > MaxLines);

    [Fact]
    public void Lines_AreAtMost140Characters() => Assert.Empty(SourceFiles.All.SelectMany(LongLines));

    [Fact]
    public void Words_AreSpelledAsInDotNet()
    {
        IEnumerable<string> british =
            from file in SourceFiles.All
            where !file.EndsWith($"/{nameof(SourceStyleTests)}.cs", StringComparison.Ordinal)
            from line in SourceFiles.Lines(file)
            from Match word in British().Matches(line)
            select $"{file}: {word.Value}";
        Assert.Empty(british);
    }

    [Fact]
    public void Source_ReadsNoAmbientClockAndWritesToNoConsole()
    {
        IEnumerable<string> ambient =
            from file in SourceFiles.All
            where file.StartsWith("src/", StringComparison.Ordinal)
            from line in SourceFiles.Lines(file)
            where Ambient().IsMatch(line) && !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
            select $"{file}: {line.Trim()}";
        Assert.Empty(ambient);
    }

    /// <summary>Raw string literals may be longer: what they hold is given by others.</summary>
    private static IEnumerable<string> LongLines(string file)
    {
        bool isRaw = false;
        foreach ((int index, string line) in SourceFiles.Lines(file).Index())
        {
            int quotes = line.Split("\"\"\"").Length - 1;
            if (!isRaw && quotes == 0 && line.Length > MaxCharacters)
                yield return $"{file}({index + 1}): {line.Trim()}";
            isRaw ^= quotes % 2 == 1;
        }
    }

    [GeneratedRegex(
        "\\w*(?:quanti|normali|initiali|optimi|minimi|maximi|synchroni|summari|factori|recogni|generali|tokeni)s(?:ation|e[drs]?|ing)\\b"
        + "|\\w*(?:[Bb]ehaviou|[Ff]avou|[Hh]onou|[Nn]eighbou|[Cc]olou)r\\w*|\\b[Cc]ancelled\\b")]
    private static partial Regex British();

    [GeneratedRegex(@"\bConsole\.(?:Write|Error|Out)|DateTime(?:Offset)?\.(?:UtcNow|Now)|Stopwatch\.StartNew|torch\.manual_seed")]
    private static partial Regex Ambient();
}
