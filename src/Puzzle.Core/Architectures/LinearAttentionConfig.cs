namespace Puzzle.Architectures;

/// <summary>Attention replaced by its norm and one hidden x hidden linear layer: each token attends only to itself (paper appendix
/// A).</summary>
public sealed record LinearAttentionConfig : AttentionConfig
{
    /// <inheritdoc/>
    public override string Name => "linear";
}
