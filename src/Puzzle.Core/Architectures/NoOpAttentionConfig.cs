namespace Puzzle.Architectures;

/// <summary>Attention left out, its norm included: the residual stream passes unchanged.</summary>
public sealed record NoOpAttentionConfig : AttentionConfig
{
    /// <inheritdoc/>
    public override string Name => "noop";
}
