using Puzzle.Pipeline;
using static System.FormattableString;

namespace Puzzle.Planning;

/// <summary>What the long stages of a run take, told from a config alone.</summary>
/// <param name="Stages">Blockwise distillation, scores and global distillation.</param>
/// <param name="OperationsPerSecond">What times are for.</param>
public sealed record RunEstimate(IReadOnlyList<PlannedStage> Stages, double OperationsPerSecond)
{
    /// <summary>Gets the estimate as a table.</summary>
    public ResultTable Table => StageTable.Of(Invariant($"At {OperationsPerSecond / 1e12:G3} TFLOP/s"), Stages);

    /// <summary>Gives the table.</summary>
    public override string ToString() => Table.ToString();
}
