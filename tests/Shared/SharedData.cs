namespace Puzzle.Tests;

/// <summary>Finds the optional folder of real checkpoints, texts and golden outputs.</summary>
internal static class SharedData
{
    /// <summary>The folder named by PUZZLE_SHARED_DATA, else a <c>shared/data</c> folder beside a parent of the test's own folder; null
    /// when there is none.</summary>
    public static string? Root { get; } = Find();

    /// <summary>Gives the full path of a file or folder below the shared data, or skips the running test, saying what is missing.</summary>
    public static string Require(string relativePath)
    {
        string? path = Root is null ? null : Path.Combine(Root, relativePath);
        Assert.SkipUnless(
            path is not null && (File.Exists(path) || Directory.Exists(path)),
            $"shared data '{relativePath}' is absent (set PUZZLE_SHARED_DATA to the folder that holds it)");
        return path!;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("PUZZLE_SHARED_DATA") is { Length: > 0 } configured)
            return configured;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
                return candidate;
        }
        return null;
    }
}
