namespace Puzzle.Architectures;

/// <summary>Every frequency is divided by a factor (<c>rope_type: linear</c>): positions are interpolated.</summary>
/// <param name="Factor">The divisor.</param>
public sealed record LinearRopeScaling(double Factor) : RopeScaling;
