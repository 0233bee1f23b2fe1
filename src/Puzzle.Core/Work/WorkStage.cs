namespace Puzzle.Work;

/// <summary>What the units of a plan are.</summary>
public enum WorkStage
{
    /// <summary>Variants made by blockwise distillation.</summary>
    Blocks,

    /// <summary>Scores of blocks put into the parent one at a time.</summary>
    Scores,
}
