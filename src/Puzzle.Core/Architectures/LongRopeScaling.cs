using System.Collections.Immutable;

namespace Puzzle.Architectures;

/// <summary>
/// Every frequency has divisors of its own (<c>rope_type: longrope</c>): one list for texts within the original context, another for
/// longer ones, by which all their tokens are rotated.
/// </summary>
/// <param name="ShortFactors">Divisors within the original context, one per pair of dimensions.</param>
/// <param name="LongFactors">Divisors beyond it.</param>
/// <param name="OriginalMaxPositions">The original context in tokens.</param>
/// <param name="AttentionFactor">What cosines and sines are multiplied by, at any length.</param>
public sealed record LongRopeScaling(
    ImmutableArray<double> ShortFactors, ImmutableArray<double> LongFactors, int OriginalMaxPositions, double AttentionFactor) : RopeScaling
{
    /// <inheritdoc/>
    public override bool DependsOnLength => true;

    /// <inheritdoc/>
    public bool Equals(LongRopeScaling? other) =>
        other is not null && (OriginalMaxPositions, AttentionFactor) == (other.OriginalMaxPositions, other.AttentionFactor)
        && ShortFactors.SequenceEqual(other.ShortFactors) && LongFactors.SequenceEqual(other.LongFactors);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(OriginalMaxPositions, AttentionFactor, ShortFactors.Length);
}
