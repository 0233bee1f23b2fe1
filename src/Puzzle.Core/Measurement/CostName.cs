namespace Puzzle.Measurement;

/// <summary>The name of an additive cost of a block, with its unit as last word.</summary>
/// <param name="Value">For example <c>runtime_ms</c>; compared exactly.</param>
public readonly record struct CostName(string Value)
{
    /// <summary>Gets the time of a whole request, prefill and all generated tokens, in milliseconds.</summary>
    public static CostName Runtime { get; } = new("runtime_ms");

    /// <summary>Gets the time to first token (prefill) in milliseconds.</summary>
    public static CostName Prefill { get; } = new("prefill_ms");

    /// <summary>Gets the time per output token (one decode step of the whole batch) in milliseconds.</summary>
    public static CostName Decode { get; } = new("decode_ms");

    /// <summary>Gets the memory of weights and KV cache in bytes.</summary>
    public static CostName Memory { get; } = new("memory_bytes");

    /// <summary>Gets the memory of the KV cache in bytes.</summary>
    public static CostName KeyValueMemory { get; } = new("kv_bytes");

    /// <summary>Gets the number of parameters.</summary>
    public static CostName Parameters { get; } = new("num_params");

    /// <summary>Gets the number of attention layers (grouped-query attention, not linear or no-op).</summary>
    public static CostName AttentionLayers { get; } = new("has_attention");

    /// <summary>Gets how far the summed score is from the best one possible, where a search bounds the score instead of optimizing
    /// it.</summary>
    public static CostName ScoreLost { get; } = new("score_lost");

    /// <inheritdoc/>
    public override string ToString() => Value;
}
