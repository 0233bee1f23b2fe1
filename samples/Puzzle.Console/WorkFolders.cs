using System.Globalization;

namespace Puzzle.ConsoleApp;

/// <summary>Where runs are kept.</summary>
internal static class WorkFolders
{
    public static string Root => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "puzzle-sdk", "runs");

    /// <summary>Gives the folder asked for, the last one when resuming, or a new one.</summary>
    public static string Choose(string? folder, bool resume)
    {
        if (folder is not null)
        {
            return !resume || Directory.Exists(folder)
                ? Path.GetFullPath(folder)
                : throw new ArgumentException($"There is no run to resume in '{folder}'.");
        }
        if (resume)
        {
            return Directory.Exists(Root) && Directory.EnumerateDirectories(Root).Max(StringComparer.Ordinal) is { } last
                ? last
                : throw new ArgumentException("There is no run to resume; name one with --work.");
        }
        return Path.Combine(Root, DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));
    }
}
