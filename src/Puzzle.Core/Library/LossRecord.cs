namespace Puzzle.Library;

/// <summary>One point of a loss curve.</summary>
/// <param name="Step">The step, 0-based.</param>
/// <param name="Loss">The training loss of that step.</param>
/// <param name="HeldOutLoss">The held-out loss after that step, where it was measured.</param>
public sealed record LossRecord(int Step, double Loss, double? HeldOutLoss = null);
