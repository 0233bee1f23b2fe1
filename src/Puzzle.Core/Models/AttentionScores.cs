using Puzzle.Architectures;
using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Puzzle.Models;

/// <summary>What attention does between its projections. N query heads, K key-value heads, T queries, S keys of which the last T are the
/// queries' own.</summary>
internal sealed class AttentionScores
{
    private readonly int _heads;
    private readonly int _keyValueHeads;
    private readonly int _headSize;
    private readonly int? _window;
    private readonly Tensor? _sinks;
    private readonly Scalar? _softCap;
    private readonly Scalar? _inverseSoftCap;
    private readonly Scalar _scale;
    private readonly Scalar? _queryScale;

    /// <param name="config">The model's shape.</param>
    /// <param name="attention">The subblock's own.</param>
    /// <param name="sinks">The scores of keys that are not there, [N]; null for none.</param>
    public AttentionScores(ModelConfig config, GroupedQueryAttentionConfig attention, Tensor? sinks)
    {
        (_heads, _keyValueHeads, _headSize) = (config.AttentionHeads, attention.KeyValueHeads, config.HeadSize);
        (_window, _sinks) = (attention.Window, sinks);
        double plain = 1 / Math.Sqrt(_headSize), scale = config.Attention.ScoreScale ?? plain;
        _scale = scale.ToScalar();
        // The fused kernel scales by the head size alone.
        _queryScale = scale == plain ? null : (scale / plain).ToScalar();
        _softCap = config.Attention.SoftCap?.ToScalar();
        _inverseSoftCap = (1 / config.Attention.SoftCap)?.ToScalar();
    }

    private bool IsFused => _sinks is null && _softCap is null;

    /// <summary>Attends.</summary>
    /// <param name="queries">[B, N, T, H]</param>
    /// <param name="keys">[B, K, S, H]; for a single query, all that it sees, in any order.</param>
    /// <param name="values">[B, K, S, H]</param>
    /// <returns>[B, N, T, H]</returns>
    public Tensor Attend(Tensor queries, Tensor keys, Tensor values)
    {
        if (!IsFused)
            return AttendInSteps(queries, Repeat(keys), Repeat(values));
        if (_queryScale is not null)
            queries = queries.mul(_queryScale);
        return queries.size(2) == 1 ? AttendOne(queries, keys, values) : AttendMany(queries, Repeat(keys), Repeat(values));
    }

    // One query sees every key: a head's group becomes the query axis and no key is repeated.
    private Tensor AttendOne(Tensor queries, Tensor keys, Tensor values)
    {
        long batch = queries.size(0);
        Tensor grouped = queries.reshape(batch, _keyValueHeads, _heads / _keyValueHeads, _headSize);
        return scaled_dot_product_attention(grouped, keys, values).reshape(batch, _heads, 1, _headSize);
    }

    private Tensor AttendMany(Tensor queries, Tensor keys, Tensor values)
    {
        long tokens = queries.size(2), seen = keys.size(2);
        return tokens == seen && !(seen > _window)
            ? scaled_dot_product_attention(queries, keys, values, is_casual: true)
            : scaled_dot_product_attention(queries, keys, values, Mask(tokens, seen, queries.device));
    }

    private Tensor AttendInSteps(Tensor queries, Tensor keys, Tensor values)
    {
        Tensor scores = queries.matmul(keys.transpose(2, 3)).to(ScalarType.Float32).mul(_scale);
        if (_softCap is not null)
            scores = scores.mul(_inverseSoftCap!).tanh().mul(_softCap);
        long tokens = queries.size(2), seen = keys.size(2);
        if (tokens > 1)
            scores = scores.masked_fill(Mask(tokens, seen, queries.device).logical_not(), Scalars.MinusInfinity);
        if (_sinks is not null)
            scores = cat([scores, _sinks.to(ScalarType.Float32).view(1, _heads, 1, 1).expand(scores.size(0), _heads, tokens, 1)], -1);
        Tensor shares = scores.softmax(-1);
        return shares.narrow(-1, 0, seen).to(values.dtype).matmul(values);
    }

    // [T, S], true where a query sees a key: at most its own position, and within the window before it.
    private Tensor Mask(long tokens, long seen, Device device)
    {
        Tensor mask = ones(tokens, seen, dtype: ScalarType.Bool, device: device).tril(seen - tokens);
        return _window is { } window && seen > window ? mask.triu(seen - tokens - window + 1) : mask;
    }

    // [B, K, S, H] -> [B, N, S, H]
    private Tensor Repeat(Tensor heads)
    {
        if (_keyValueHeads == _heads)
            return heads;
        long batch = heads.size(0), length = heads.size(2);
        return heads.unsqueeze(2).expand(batch, _keyValueHeads, _heads / _keyValueHeads, length, _headSize)
            .reshape(batch, _heads, length, _headSize);
    }
}
