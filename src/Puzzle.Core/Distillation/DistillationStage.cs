namespace Puzzle.Distillation;

/// <summary>The keys under which the two distillers are registered.</summary>
public enum DistillationStage
{
    /// <summary>Blockwise local distillation: makes the library.</summary>
    Blockwise,

    /// <summary>Global distillation: heals the child.</summary>
    Global,
}
