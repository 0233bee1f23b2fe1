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
    public IReadOnlyList<ResultTable> Tables =>
        [StageTable.Of("What the run will take", Stages), MemoryTable(), ParentTable(), ReachTable()];

    /// <summary>Gives the tables and whether the target can be met.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Tables.Select(table => table.ToString()).Append(IsAttainable
        ? "The target can be met."
        : $"The target cannot be met. {Infeasibility}"));

    private ResultTable MemoryTable() => new(
        "Where memory goes", ["stage", "part", "MiB"],
        [.. Stages.SelectMany(stage => stage.Memory.Parts.Select(part => (IReadOnlyList<string>)
        [
            stage.Stage.ToString(), part.Name, StageTable.Mebibytes(part.Bytes),
        ]))]);

    private ResultTable ParentTable()
    {
        double whole = Math.Max(1e-9, ParentCosts.Sum(cost => cost.Milliseconds));
        return new ResultTable(
            "Where the parent's time and memory go",
            ["part", "ms per request", "share", "weights MiB", "KV cache MiB"],
            [.. ParentCosts.Select(cost => (IReadOnlyList<string>)
            [
                cost.Name, Invariant($"{cost.Milliseconds:F1}"), Invariant($"{cost.Milliseconds / whole:P0}"),
                StageTable.Mebibytes(cost.WeightBytes), StageTable.Mebibytes(cost.KeyValueBytes),
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
}
