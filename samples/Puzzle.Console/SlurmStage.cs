namespace Puzzle.ConsoleApp;

/// <summary>The stages of a run on Slurm.</summary>
internal enum SlurmStage
{
    /// <summary>Blockwise distillation, shared.</summary>
    Blocks,

    /// <summary>Scores, shared.</summary>
    Scores,

    /// <summary>Search and healing, in one job.</summary>
    Run,
}
