namespace Puzzle.Pipeline;

/// <summary>How far a finalist was from the parent when it was tried.</summary>
/// <param name="StepShare">The share of global distillation's steps that it had been healed with; 0 for as assembled.</param>
/// <param name="KlDivergence">KL(parent || finalist) in nats on the scoring text.</param>
public sealed record FinalistTrial(double StepShare, double KlDivergence);
