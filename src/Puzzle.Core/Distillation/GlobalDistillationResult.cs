using Puzzle.Library;

namespace Puzzle.Distillation;

/// <summary>How a global distillation went; the child was trained in place.</summary>
/// <param name="Curve">The loss curve, steps of earlier runs included; empty where there was nothing to train.</param>
public sealed record GlobalDistillationResult(IReadOnlyList<LossRecord> Curve)
{
    /// <summary>Gets what a fit in sequence did before the first step, in this run or an earlier one; null if there was none.</summary>
    public SequentialFit? Fit { get; init; }
}
