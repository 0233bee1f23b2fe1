using Puzzle.Pipeline;
using static System.FormattableString;

namespace Puzzle.Planning;

/// <summary>What a run will take and can reach, told before anything expensive.</summary>
public sealed record RunPlan
{
    /// <summary>Gets the stages, in order.</summary>
    public required IReadOnlyList<PlannedStage> Stages { get; init; }

    /// <summary>Gets where the parent's time and memory go.</summary>
    public required IReadOnlyList<PlannedCost> ParentCosts { get; init; }

    /// <summary>Gets a value indicating whether some architecture of the space meets the target, by interpolated times.</summary>
    public required bool IsAttainable { get; init; }

    /// <summary>Gets why not, and what could be reached; null if the target is attainable.</summary>
    public string? Infeasibility { get; init; }

    /// <summary>Gets the fastest architecture of the space.</summary>
    public required PlannedArchitecture Cheapest { get; init; }

    /// <summary>Gets the architecture that keeps the most parameters and meets the target; null if none does.</summary>
    public PlannedArchitecture? Best { get; init; }

    /// <summary>Gets how long the run will take.</summary>
    public TimeSpan Time => Stages.Aggregate(TimeSpan.Zero, (sum, stage) => sum + stage.Time);

    /// <summary>Gets what the run will store.</summary>
    public long DiskBytes => Stages.Sum(stage => stage.DiskBytes);

    /// <summary>Gets the most memory that a stage holds.</summary>
    public long PeakMemoryBytes => Stages.Max(stage => stage.MemoryBytes);

    /// <summary>Gets the part of the parent that takes the most time.</summary>
    public PlannedCost Dominant => ParentCosts.MaxBy(cost => cost.Milliseconds)!;

    /// <summary>Gets the plan as tables.</summary>
    public IReadOnlyList<ResultTable> Tables => [StageTable(), ParentTable(), ReachTable()];

    /// <summary>Gives the tables and whether the target can be met.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Tables.Select(table => table.ToString()).Append(IsAttainable
        ? "The target can be met."
        : $"The target cannot be met. {Infeasibility}"));

    private ResultTable StageTable()
    {
        IEnumerable<IReadOnlyList<string>> stages = Stages.Select(stage => (IReadOnlyList<string>)
        [
            stage.Stage.ToString(), Invariant($"{stage.Units:N0} {stage.Unit}"), Invariant($"{stage.Tokens:N0}"),
            Invariant($"{stage.Operations:G3}"), Mebibytes(stage.DiskBytes), Mebibytes(stage.MemoryBytes), Duration(stage.Time),
        ]);
        string[] all =
        [
            "in all", "", Invariant($"{Stages.Sum(stage => stage.Tokens):N0}"), Invariant($"{Stages.Sum(stage => stage.Operations):G3}"),
            Mebibytes(DiskBytes), Mebibytes(PeakMemoryBytes), Duration(Time),
        ];
        return new ResultTable(
            "What the run will take", ["stage", "units", "tokens", "operations", "disk MiB", "memory MiB", "time"], [.. stages, all]);
    }

    private ResultTable ParentTable()
    {
        double whole = Math.Max(1e-9, ParentCosts.Sum(cost => cost.Milliseconds));
        return new ResultTable(
            "Where the parent's time and memory go",
            ["part", "ms per request", "share", "weights MiB", "KV cache MiB"],
            [.. ParentCosts.Select(cost => (IReadOnlyList<string>)
            [
                cost.Name, Invariant($"{cost.Milliseconds:F1}"), Invariant($"{cost.Milliseconds / whole:P0}"),
                Mebibytes(cost.WeightBytes), Mebibytes(cost.KeyValueBytes),
            ])]);
    }

    private ResultTable ReachTable()
    {
        List<IReadOnlyList<string>> rows = [Row("fastest of the space", Cheapest)];
        if (Best is { } best)
            rows.Add(Row("most kept within the target", best));
        return new ResultTable("What can be reached", ["architecture", "speed-up", "memory", "parameters of blocks kept"], rows);

        static IReadOnlyList<string> Row(string name, PlannedArchitecture end) =>
        [
            name, Invariant($"{end.Speedup:F2}x"), Invariant($"{end.MemoryShare:P0}"), Invariant($"{end.ParametersKept:P0}"),
        ];
    }

    private static string Mebibytes(long bytes) => Invariant($"{bytes / 1048576.0:N0}");

    private static string Duration(TimeSpan time) =>
        time.TotalHours >= 1
            ? Invariant($"{time.TotalHours:F1} h")
            : time.TotalMinutes >= 1
            ? Invariant($"{time.TotalMinutes:F1} min")
            : Invariant($"{time.TotalSeconds:F0} s");
}
