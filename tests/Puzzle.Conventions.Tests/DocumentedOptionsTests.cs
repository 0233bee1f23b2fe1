using System.Text.RegularExpressions;

namespace Puzzle.Tests;

/// <summary>Options that users can set are documented.</summary>
public sealed partial class DocumentedOptionsTests
{
    [Fact]
    public void OptionsOfEveryRole_AreInTheConfigurationPage()
    {
        string page = File.ReadAllText(Path.Combine(SourceFiles.Root, "docs", "configuration.md"));
        string[] sources = Directory.GetFiles(Path.Combine(SourceFiles.Root, "src"), "*.cs", SearchOption.AllDirectories);
        string[] types = [.. sources.Where(file => file.Contains("DependencyInjection", StringComparison.Ordinal))
            .SelectMany(file => Configured().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .Where(type => type != "TOptions")
            .Distinct()];
        string[] bases = [.. types.SelectMany(type => Inherited().Matches(SourceOf(type))).Select(match => match.Groups[1].Value)];
        types = [.. types.Concat(bases).Distinct()];

        Assert.True(types.Length >= 9, $"{types.Length} options types were found.");
        string[] missing = [.. types.SelectMany(
            type => Settable().Matches(SourceOf(type))
            .Select(match => $"{type}.{match.Groups[1].Value}"))
            .Where(option => !page.Contains($"`{option.Split('.')[1]}`", StringComparison.Ordinal))];
        Assert.True(missing.Length == 0, $"docs/configuration.md lacks {string.Join(", ", missing)}: add a row each.");

        string SourceOf(string type) => File.ReadAllText(sources.Single(file => Path.GetFileName(file) == $"{type}.cs"));
    }

    [GeneratedRegex(@"public sealed class \w+ : (\w+Options)")]
    private static partial Regex Inherited();

    [GeneratedRegex(@"Action<(\w+Options)>\? configure")]
    private static partial Regex Configured();

    [GeneratedRegex(@"public [\w<>?]+ (\w+) \{ get; set; \}")]
    private static partial Regex Settable();
}
