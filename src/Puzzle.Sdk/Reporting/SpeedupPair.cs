namespace Puzzle.Reporting;

/// <summary>A speed-up by the sum of costs and the same model's measured whole.</summary>
/// <param name="Predicted">By the sum of costs.</param>
/// <param name="Measured">Measured whole.</param>
public sealed record SpeedupPair(double Predicted, double Measured);
