using Puzzle.Pipeline;
using static System.FormattableString;

namespace Puzzle.Planning;

/// <summary>What stages take, as a table.</summary>
internal static class StageTable
{
    public static ResultTable Of(string title, IReadOnlyList<PlannedStage> planned)
    {
        IEnumerable<IReadOnlyList<string>> stages = planned.Select(stage => (IReadOnlyList<string>)
        [
            stage.Stage.ToString(), Invariant($"{stage.Units:N0} {stage.Unit}"), Invariant($"{stage.Tokens:N0}"),
            Invariant($"{stage.Operations:G3}"), Mebibytes(stage.DiskBytes), Mebibytes(stage.MemoryBytes), Duration(stage.Time),
        ]);
        string[] all =
        [
            "in all", "", Invariant($"{planned.Sum(stage => stage.Tokens):N0}"),
            Invariant($"{planned.Sum(stage => stage.Operations):G3}"), Mebibytes(planned.Sum(stage => stage.DiskBytes)),
            Mebibytes(planned.Max(stage => stage.MemoryBytes)),
            Duration(planned.Aggregate(TimeSpan.Zero, (sum, stage) => sum + stage.Time)),
        ];
        return new ResultTable(title, ["stage", "units", "tokens", "operations", "disk MiB", "memory MiB", "time"], [.. stages, all]);
    }

    public static string Mebibytes(long bytes) => Invariant($"{bytes / 1048576.0:N0}");

    private static string Duration(TimeSpan time) =>
        time.TotalHours >= 1
            ? Invariant($"{time.TotalHours:F1} h")
            : time.TotalMinutes >= 1
            ? Invariant($"{time.TotalMinutes:F1} min")
            : Invariant($"{time.TotalSeconds:F0} s");
}
