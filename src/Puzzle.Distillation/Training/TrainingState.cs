using Puzzle.Library;

namespace Puzzle.Distillation.Training;

/// <summary>How far a training is.</summary>
/// <param name="Curve">The loss curve so far.</param>
/// <param name="Prepared">What was done to the model before the first step; null for nothing.</param>
internal sealed record TrainingState(List<LossRecord> Curve, string? Prepared);
