namespace Puzzle.Architectures;

/// <summary>How all attention layers of a model compute, beyond plain grouped-query attention. Everything is off by default.</summary>
/// <remarks>What may differ by layer (window, rotary embedding) is part of <see cref="GroupedQueryAttentionConfig"/>.</remarks>
public sealed record AttentionFeatures
{
    /// <summary>Gets a value indicating whether the query, key and value projections have biases.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Gets a value indicating whether the output projection has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Gets the norms of queries and keys.</summary>
    public QueryKeyNorm QueryKeyNorm { get; init; }

    /// <summary>Gets what products of queries and keys are multiplied by; the head size to the power -1/2 if null.</summary>
    public double? ScoreScale { get; init; }

    /// <summary>Gets the cap c of the scores, which become c * tanh(score / c) before masking; none if null.</summary>
    public double? SoftCap { get; init; }

    /// <summary>Gets a value indicating whether each query head has a learned score of a key that is not there, which takes its share of
    /// the softmax.</summary>
    public bool Sinks { get; init; }

    /// <summary>Gets a value indicating whether a linear replacement has a bias: it then can give W_o b_v + b_o, as attention to oneself
    /// does.</summary>
    public bool HasLinearBias => QueryKeyValueBias || OutputBias;
}
