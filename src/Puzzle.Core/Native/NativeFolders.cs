namespace Puzzle.Native;

/// <summary>Folders that together hold one native torch.</summary>
/// <param name="Origin">Where they come from, in words for an error message.</param>
/// <param name="Paths">The folders, first wins.</param>
internal sealed record NativeFolders(string Origin, IReadOnlyList<string> Paths)
{
    /// <summary>Gets whether libraries and what they depend on lie in different folders of the list.</summary>
    public bool ComesInParts { get; init; }

    /// <summary>Finds a library by its bare name, such as <c>torch_cpu</c>.</summary>
    public string? Find(string library) =>
        Paths.Select(folder => Path.Combine(folder, FileName(library))).FirstOrDefault(File.Exists);

    /// <summary>Lists every native library in the folders.</summary>
    public IEnumerable<string> Files() =>
        Paths.Where(Directory.Exists).SelectMany(Directory.EnumerateFiles).Where(IsLibrary).Order(StringComparer.Ordinal);

    /// <summary>Gives the file name this system uses for a library.</summary>
    public static string FileName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    private static bool IsLibrary(string file)
    {
        string name = Path.GetFileName(file);
        return OperatingSystem.IsWindows() ? name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            : OperatingSystem.IsMacOS() ? name.EndsWith(".dylib", StringComparison.Ordinal)
            : name.EndsWith(".so", StringComparison.Ordinal) || name.Contains(".so.", StringComparison.Ordinal);
    }
}
