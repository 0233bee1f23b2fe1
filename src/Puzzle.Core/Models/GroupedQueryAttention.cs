using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Puzzle.Models;

/// <summary>Causal grouped-query attention with rotary positions (paper section 2). B batch, T tokens, N query heads, K key-value heads, H head size.</summary>
public sealed class GroupedQueryAttention : Subblock
{
    private readonly int _heads;
    private readonly int _keyValueHeads;
    private readonly int _headSize;
    private readonly RmsNorm _norm;
    private readonly Tensor _query;
    private readonly Tensor _key;
    private readonly Tensor _value;
    private readonly Tensor _output;

    /// <summary>Takes the weights from a source.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="keyValueHeads">Key-value heads, a divisor of the query heads.</param>
    /// <param name="weights">The weights by name within the layer.</param>
    /// <exception cref="ArgumentException">A weight has another shape, or the head counts do not divide.</exception>
    public GroupedQueryAttention(ModelConfig config, int keyValueHeads, WeightSource weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        if (keyValueHeads <= 0 || config.AttentionHeads % keyValueHeads != 0)
            throw new ArgumentException($"{keyValueHeads} key-value heads do not divide {config.AttentionHeads} query heads.", nameof(keyValueHeads));
        (_heads, _keyValueHeads, _headSize) = (config.AttentionHeads, keyValueHeads, config.HeadSize);
        long queryWidth = (long)_heads * _headSize, keyValueWidth = (long)_keyValueHeads * _headSize;
        _norm = new RmsNorm(Take(weights, WeightNames.AttentionNorm, config.HiddenSize), config.RmsNormEpsilon);
        _query = Take(weights, WeightNames.Query, queryWidth, config.HiddenSize);
        _key = Take(weights, WeightNames.Key, keyValueWidth, config.HiddenSize);
        _value = Take(weights, WeightNames.Value, keyValueWidth, config.HiddenSize);
        _output = Take(weights, WeightNames.Output, config.HiddenSize, queryWidth);
    }

    private protected override Tensor Compute(Tensor hidden, RotaryTable rotary, LayerCache? cache)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(rotary);
        return Attend(hidden, _norm.Forward(hidden), _query, _key, _value, rotary, cache);
    }

    private protected override Tensor ComputeFolded(Tensor hidden, RotaryTable rotary) =>
        Attend(hidden, _norm.Normalize(hidden), _norm.Fold(_query), _norm.Fold(_key), _norm.Fold(_value), rotary, null);

    internal override string Readout => WeightNames.Output;

    internal override Tensor Features(Tensor hidden, RotaryTable rotary)
    {
        using OpenCalls.Call call = Enter();
        return Mix(_norm.Forward(hidden), _query, _key, _value, rotary, null);
    }

    private Tensor Attend(Tensor hidden, Tensor x, Tensor query, Tensor key, Tensor value, RotaryTable rotary, LayerCache? cache) =>
        hidden.add(linear(Mix(x, query, key, value, rotary, cache), _output), Native.Scalars.One);

    // The values that each query head reads, one head after the other: [B, T, N * H].
    private Tensor Mix(Tensor x, Tensor query, Tensor key, Tensor value, RotaryTable rotary, LayerCache? cache)
    {
        long batch = x.size(0), tokens = x.size(1);
        Tensor queries = rotary.Rotate(Split(linear(x, query), _heads));
        Tensor keys = rotary.Rotate(Split(linear(x, key), _keyValueHeads));
        Tensor values = Split(linear(x, value), _keyValueHeads);
        if (cache is not null)
            (keys, values) = cache.Append(keys, values);

        Tensor attended = tokens == 1
            ? AttendOne(queries, keys, values)
            : AttendMany(queries, keys, values);
        return attended.transpose(1, 2).reshape(batch, tokens, (long)_heads * _headSize);
    }

    // [B, T, n * H] -> [B, n, T, H]
    private Tensor Split(Tensor x, int heads) => x.view(x.size(0), x.size(1), heads, _headSize).transpose(1, 2);

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
        keys = Repeat(keys);
        values = Repeat(values);
        if (tokens == seen)
            return scaled_dot_product_attention(queries, keys, values, is_casual: true);
        Tensor mask = ones(tokens, seen, dtype: ScalarType.Bool, device: queries.device).tril(seen - tokens);
        return scaled_dot_product_attention(queries, keys, values, mask);
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
