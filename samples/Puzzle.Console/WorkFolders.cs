using System.Globalization;

namespace Puzzle.ConsoleApp;

/// <summary>Where runs are kept.</summary>
internal static class WorkFolders
{
    private const int MostListed = 5;

    public static string Root => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "puzzle-sdk",
        "runs");

    /// <summary>Gives the folder asked for, or a new one.</summary>
    public static string Choose(string? folder)
    {
        if (folder is not null)
            return Path.GetFullPath(folder);
        string name = Path.Combine(Root, DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));
        string free = name;
        for (int i = 2; Directory.Exists(free); i++)
            free = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
        return free;
    }

    /// <summary>Gives the folder asked for if there is a run in it, or else that of the last run with the same start.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static string Resume(string? folder, RunStart start)
    {
        if (folder is not null)
            return Directory.Exists(folder)
                ? Path.GetFullPath(folder)
                : throw new ArgumentException($"There is no run to resume in '{folder}'.");
        string[] runs = [.. (Directory.Exists(Root) ? Directory.GetDirectories(Root) : []).OrderDescending(StringComparer.Ordinal)];
        if (runs.FirstOrDefault(run => RunStart.Find(run) == start) is { } last)
            return last;
        string listed = string.Join(
            "; ", runs.Take(MostListed).Select(run => $"{run} ({RunStart.Find(run)?.ToString() ?? "of an unknown start"})"));
        throw new ArgumentException(
            $"There is no run to resume of {start}; name one with --work{(listed.Length > 0 ? $", for example {listed}" : "")}.");
    }
}
