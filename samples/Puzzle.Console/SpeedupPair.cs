namespace Puzzle.ConsoleApp;

/// <summary>A speed-up by the sum of costs and the same model's measured whole.</summary>
internal sealed record SpeedupPair(double Predicted, double Measured);
