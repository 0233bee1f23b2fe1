namespace Puzzle.Architectures;

/// <summary>
/// The base grows with the length of the text (<c>rope_type: dynamic</c>): for n tokens, n above the original m, it is multiplied by
/// (factor * n / m - factor + 1) to the power size / (size - 2). All tokens of a text are rotated by its length's base.
/// </summary>
/// <param name="Factor">The factor.</param>
/// <param name="OriginalMaxPositions">The length m up to which the base stays as it is.</param>
public sealed record DynamicRopeScaling(double Factor, int OriginalMaxPositions) : RopeScaling
{
    /// <inheritdoc/>
    public override bool DependsOnLength => true;
}
