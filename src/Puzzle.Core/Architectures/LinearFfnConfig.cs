namespace Puzzle.Architectures;

/// <summary>The FFN replaced by its norm and one hidden x hidden linear layer (paper appendix A).</summary>
public sealed record LinearFfnConfig : FfnConfig
{
    /// <inheritdoc/>
    public override string Name => "linear";
}
