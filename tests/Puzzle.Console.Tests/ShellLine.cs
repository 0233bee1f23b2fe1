using System.Text.RegularExpressions;

namespace Puzzle.Tests;

/// <summary>A command of a shell block in a page.</summary>
/// <param name="Page">The page, relative to the repository.</param>
/// <param name="Text">The command without its comment, continued lines joined.</param>
public sealed partial record ShellLine(string Page, string Text)
{
    private const string Console = "samples/Puzzle.Console";

    /// <summary>Gets the folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Gets the words of the command; variables before it and what starts several processes left out.</summary>
    public string[] Words { get; } = [.. Word().Matches(Starter().Replace(Text, "")).Select(word => word.Value.Trim('"'))];

    /// <summary>Gets the arguments of the console; null where it is another program's command.</summary>
    public string[]? Arguments => Words switch
    {
        ["puzzle", .. var arguments] => arguments,
        ["dotnet", "run", .. var run] when run.Contains(Console) => [.. run.SkipWhile(word => word != "--").Skip(1)],
        _ => null,
    };

    /// <summary>Reads the commands of every page.</summary>
    public static IEnumerable<ShellLine> All() =>
        from page in Pages()
        from match in Block().Matches(File.ReadAllText(Path.Combine(Root, page)))
        where match.Groups[1].Value is "" or "bash" or "sh" or "shell" or "console"
        let block = match.Groups[2].Value
        from line in Continued().Replace(block, " ").Split('\n')
        let text = Comment().Replace(line, "").Trim()
        where text.StartsWith("puzzle", StringComparison.Ordinal) || text.Contains("dotnet ", StringComparison.Ordinal)
            || text.Contains(" puzzle ", StringComparison.Ordinal)
        where !text.EndsWith("...", StringComparison.Ordinal)
        select new ShellLine(page, text);

    private static IEnumerable<string> Pages() => new[] { "docs", "samples", "src", "benchmarks", "tools" }
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.md", SearchOption.AllDirectories))
        .Concat(Directory.EnumerateFiles(Root, "*.md"))
        .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
        .Where(page => !page.Contains("/bin/", StringComparison.Ordinal) && !page.Contains("/obj/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Puzzle.Sdk.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new DirectoryNotFoundException("There is no Puzzle.Sdk.sln above the tests.");
    }

    [GeneratedRegex(@"^```(\w*)\r?\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\s*\\\r?\n\s*")]
    private static partial Regex Continued();

    // After a number sign, or in a column of its own.
    [GeneratedRegex(@"(^|\s)#.*$|\s{3,}.*$|\s&&\s.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(?:[A-Z_]+=\S+\s+)*(?:(?:mpirun|srun)(?:\s+--?\S+(?:\s+\d+)?)*\s+)?")]
    private static partial Regex Starter();

    [GeneratedRegex(@"""[^""]*""|\S+")]
    private static partial Regex Word();
}
