namespace Puzzle.Tests;

/// <summary>The C# files of the repository, found upwards from the tests.</summary>
internal static class SourceFiles
{
    private static readonly string[] Roots = ["src", "samples", "tests", "benchmarks"];

    /// <summary>Gets the folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Gets every C# file that people write, relative to the root.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Roots.SelectMany(root => Directory.EnumerateFiles(Path.Combine(Root, root), "*.cs", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Gets a file's lines.</summary>
    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Puzzle.Sdk.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new DirectoryNotFoundException("There is no Puzzle.Sdk.sln above the tests.");
    }
}
