namespace Puzzle.ConsoleApp;

/// <summary>The parent and text that come with the sample.</summary>
internal static class DefaultAssets
{
    public static string Parent => Path.Combine(AppContext.BaseDirectory, "assets", "parent");

    public static string Text => Path.Combine(AppContext.BaseDirectory, "assets", "stories.txt");

    /// <summary>The TinyStories validation text, where it lies beside the project; the embedded text was written by the parent itself, this
    /// was not.</summary>
    public static string? ForeignText
    {
        get
        {
            string? root = Environment.GetEnvironmentVariable("PUZZLE_SHARED_DATA");
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); root is null && folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, "shared", "data");
                if (Directory.Exists(candidate))
                    root = candidate;
            }
            string? file = root is null ? null : Path.Combine(root, "tinystories-text", "tinystories_val.txt");
            return File.Exists(file) ? file : null;
        }
    }
}
