using System.Globalization;

namespace Puzzle.Architectures;

/// <summary>A SwiGLU feed-forward network.</summary>
/// <param name="IntermediateSize">Intermediate width in channels.</param>
public sealed record GatedFfnConfig(int IntermediateSize) : FfnConfig
{
    /// <inheritdoc/>
    public override string Name => IntermediateSize.ToString(CultureInfo.InvariantCulture);
}
