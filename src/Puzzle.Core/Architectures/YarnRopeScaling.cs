namespace Puzzle.Architectures;

/// <summary>YaRN (arXiv 2309.00071; <c>rope_type: yarn</c>): low frequencies are divided, high ones kept, those between blended; cosines
/// and sines are scaled.</summary>
/// <param name="Factor">What low frequencies are divided by.</param>
/// <param name="OriginalMaxPositions">The context length the model was first trained with, in tokens.</param>
/// <param name="AttentionFactor">What cosines and sines are multiplied by.</param>
public sealed record YarnRopeScaling(double Factor, int OriginalMaxPositions, double AttentionFactor) : RopeScaling
{
    /// <summary>Gets the rotations within the original context above which a frequency is kept; 32 by default, as in the paper.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>Gets the rotations within the original context below which a frequency is divided in full; 1 by default, as in the
    /// paper.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>Gets a value indicating whether the ends of the blended range are rounded outwards to whole dimensions; true by
    /// default.</summary>
    public bool RoundRange { get; init; } = true;
}
