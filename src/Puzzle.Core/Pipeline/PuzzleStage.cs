namespace Puzzle.Pipeline;

/// <summary>The stages of a run, in order.</summary>
public enum PuzzleStage
{
    /// <summary>Variants are initialized and trained by blockwise local distillation.</summary>
    Craft,

    /// <summary>The cost of every alternative is measured.</summary>
    Profile,

    /// <summary>The harm of every alternative is measured.</summary>
    Score,

    /// <summary>The best architecture is chosen.</summary>
    Assemble,

    /// <summary>The child is healed by global distillation.</summary>
    Uptrain,

    /// <summary>Parent, child and baselines are compared on held-out text.</summary>
    Evaluate,
}
