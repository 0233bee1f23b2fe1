using System.Globalization;

namespace Puzzle.Cluster.Slurm;

/// <summary>What sbatch is given.</summary>
internal static class SlurmArguments
{
    private const long Mebibyte = 1 << 20;

    public static IReadOnlyList<string> Of(SlurmJob job, SlurmOptions options) =>
    [
        "--parsable", "--requeue", "--open-mode=append", $"--job-name={job.Name}", $"--output={LogOf(job)}",
        .. Optional("--signal", Invariant($"B:TERM@{options.GracePeriod.TotalSeconds:F0}")),
        .. Optional("--array", job.Tasks.Count > 0 ? Ranges(job.Tasks) : null),
        .. job.Dependency is { } dependency ? [$"--dependency={dependency}", "--kill-on-invalid-dep=yes"] : Array.Empty<string>(),
        .. Optional("--partition", options.Partition),
        .. Optional("--account", options.Account),
        .. Optional("--time", options.TimeLimit is { } limit ? Invariant($"{limit:d\\-hh\\:mm\\:ss}") : null),
        .. Optional("--cpus-per-task", options.Processors is { } processors ? Invariant($"{processors}") : null),
        .. Optional("--mem", (options.MemoryBytes ?? job.MemoryBytes) is { } bytes ? Invariant($"{1 + ((bytes - 1) / Mebibyte)}M") : null),
        .. options.Further,
        .. job.Further,
    ];

    /// <summary>Gives numbers as sbatch reads them, such as <c>1-4,7</c>.</summary>
    internal static string Ranges(IReadOnlyList<int> numbers)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (int number in numbers.Order())
        {
            if (ranges.Count > 0 && ranges[^1].Last == number - 1)
                ranges[^1] = (ranges[^1].First, number);
            else
                ranges.Add((number, number));
        }
        return string.Join(',', ranges.Select(range => range.First == range.Last
            ? Invariant($"{range.First}")
            : Invariant($"{range.First}-{range.Last}")));
    }

    private static string LogOf(SlurmJob job)
    {
        // sbatch reads a path with a backslash without its own signs: all tasks would write one file.
        if (job.LogDirectory.Contains('\\', StringComparison.Ordinal))
            throw new ArgumentException($"{job.LogDirectory}: sbatch takes no folder for logs with a backslash in its name.");
        string folder = Path.GetFullPath(job.LogDirectory).Replace("%", "%%", StringComparison.Ordinal);
        return Path.Combine(folder, $"{job.Name}-{(job.Tasks.Count > 0 ? "%A_%a" : "%j")}.log");
    }

    private static IEnumerable<string> Optional(string name, string? value) => value is null ? [] : [$"{name}={value}"];

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
