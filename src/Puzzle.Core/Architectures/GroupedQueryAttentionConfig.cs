using System.Globalization;

namespace Puzzle.Architectures;

/// <summary>Grouped-query attention with its own number of key-value heads; query heads stay the parent's.</summary>
/// <param name="KeyValueHeads">Key-value heads, a divisor of the query heads.</param>
public sealed record GroupedQueryAttentionConfig(int KeyValueHeads) : AttentionConfig
{
    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"gqa-{KeyValueHeads}");
}
