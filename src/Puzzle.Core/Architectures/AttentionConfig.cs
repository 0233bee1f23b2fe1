namespace Puzzle.Architectures;

/// <summary>What stands in a layer's attention subblock (paper section 2: grouped-query attention, linear or no-op).</summary>
public abstract record AttentionConfig
{
    private protected AttentionConfig()
    {
    }

    /// <summary>Gets the stable name: <c>gqa-4</c> (with a window of 512 tokens <c>gqa-4-w512</c>), <c>linear</c> or <c>noop</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Reads a <see cref="Name"/> back.</summary>
    /// <param name="name">For example <c>gqa-4</c>.</param>
    /// <exception cref="FormatException">The name is none of the known ones.</exception>
    public static AttentionConfig Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name switch
        {
            "linear" => new LinearAttentionConfig(),
            "noop" => new NoOpAttentionConfig(),
            _ => GroupedQueryAttentionConfig.TryParse(name)
                ?? throw new FormatException($"'{name}' is not an attention config: expected gqa-N, linear or noop."),
        };
    }

    /// <inheritdoc/>
    public sealed override string ToString() => Name;
}
