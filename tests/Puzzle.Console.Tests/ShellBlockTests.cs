using System.Xml.Linq;

namespace Puzzle.Tests;

/// <summary>Every command of a shell block in a page is one: the console parses it, and what is quick runs.</summary>
public sealed class ShellBlockTests : IDisposable
{
    private readonly TinyRun _run = new();

    public static TheoryData<string, string> ConsoleCommands =>
        [.. ShellLine.All().Where(line => line.Arguments is not null).Select(line => (line.Page, line.Text)).Distinct()];

    public static TheoryData<string, string> OtherCommands =>
        [.. ShellLine.All().Where(line => line.Arguments is null).Select(line => (line.Page, line.Text)).Distinct()];

    public void Dispose() => _run.Dispose();

    [Theory]
    [MemberData(nameof(ConsoleCommands))]
    public void ConsoleCommand_OfAPage_Parses(string page, string text)
    {
        ConsoleResult result = ConsoleProcess.Run(new ShellLine(page, text).Arguments!.Prepend("[diagram]"));

        Assert.True(result.ExitCode == 0, $"{page}: {text}\n{result.Output}{result.Error}");
        Assert.DoesNotContain("???-->", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("solve", "--libary", "x")]
    [InlineData("solve")]
    [InlineData("distil")]
    [InlineData("solve", "--library", "x", "--solver", "guess")]
    public void ConsoleCommand_ThatIsNone_DoesNotParse(params string[] arguments) =>
        Assert.NotEqual(0, ConsoleProcess.Run(arguments.Prepend("[diagram]")).ExitCode);

    [Theory]
    [MemberData(nameof(OtherCommands))]
    public void DotnetCommand_OfAPage_NamesWhatExists(string page, string text)
    {
        string[] words = new ShellLine(page, text).Words;
        switch (words)
        {
            case ["dotnet", "run", .. var arguments]:
                int project = Array.IndexOf(arguments, "--project");
                Assert.True(Directory.Exists(Path.Combine(ShellLine.Root, arguments[project + 1])), $"{page}: {text}");
                break;
            case ["dotnet", "add", "package", var package, "--version", var version]:
                Assert.Equal(VersionOf(package), version);
                break;
            default:
                Assert.True(
                    words is ["dotnet", "build" or "test" or "pack" or "publish" or "new" or "add" or "tool" or "docfx", ..],
                    $"{page}: {text}");
                break;
        }
    }

    [Fact]
    public void QuickConsoleCommands_OfThePages_Run()
    {
        string[][] quick =
        [
            .. ShellLine.All().Select(line => line.Arguments).OfType<string[]>()
                .Where(arguments => arguments is ["doctor"] or ["plan", "--dry", ..])
                .Select(arguments => arguments.Select(word => word == "config.json" ? Path.Combine(_run.Parent, word) : word).ToArray()),
        ];

        Assert.Contains(quick, arguments => arguments is ["doctor"]);
        Assert.Contains(quick, arguments => arguments is ["plan", ..]);
        foreach (string[] arguments in quick.DistinctBy(arguments => string.Join(' ', arguments)))
        {
            ConsoleResult result = ConsoleProcess.Run(arguments);
            Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}\n{result.Output}{result.Error}");
        }
    }

    private static string VersionOf(string package) => XDocument.Load(Path.Combine(ShellLine.Root, "Directory.Packages.props"))
        .Descendants("PackageVersion").Single(entry => (string?)entry.Attribute("Include") == package).Attribute("Version")!.Value;
}
