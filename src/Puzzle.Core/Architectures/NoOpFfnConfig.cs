namespace Puzzle.Architectures;

/// <summary>The FFN left out, its norm included: the residual stream passes unchanged.</summary>
public sealed record NoOpFfnConfig : FfnConfig
{
    /// <inheritdoc/>
    public override string Name => "noop";
}
