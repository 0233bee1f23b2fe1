using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Foundation;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Puzzle.Models;

/// <summary>Causal grouped-query attention (paper section 2). B batch, T tokens, N query heads, K key-value heads, H head size.</summary>
internal sealed class GroupedQueryAttention : Subblock
{
    private readonly int _heads;
    private readonly int _keyValueHeads;
    private readonly int _headSize;
    private readonly int? _rotary;
    private readonly ResidualBranch _branch;
    private readonly AttentionScores _scores;
    private readonly Projection _query;
    private readonly Projection _key;
    private readonly Projection _value;
    private readonly Projection _output;
    private readonly HeadNorm? _queryNorm;
    private readonly HeadNorm? _keyNorm;

    /// <summary>Takes the weights from a source.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="attention">The subblock's own: key-value heads (a divisor of the query heads), window, rotary embedding.</param>
    /// <param name="weights">The weights by name within the layer.</param>
    /// <exception cref="ArgumentException">A weight has another shape, or the head counts do not divide.</exception>
    public GroupedQueryAttention(ModelConfig config, GroupedQueryAttentionConfig attention, WeightSource weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(attention);
        ArgumentNullException.ThrowIfNull(weights);
        int keyValueHeads = attention.KeyValueHeads;
        if (keyValueHeads <= 0 || config.AttentionHeads % keyValueHeads != 0)
            throw new ArgumentException(
                $"{keyValueHeads} key-value heads do not divide {config.AttentionHeads} query heads.", nameof(attention));
        (_heads, _keyValueHeads, _headSize) = (config.AttentionHeads, keyValueHeads, config.HeadSize);
        _rotary = attention.HasRotary ? attention.Rotary : null;
        AttentionFeatures features = config.Attention;
        long queries = (long)_heads * _headSize, keys = (long)_keyValueHeads * _headSize, hidden = config.HiddenSize;
        _branch = TakeBranch(config, WeightNames.AttentionNorm, WeightNames.AttentionAfterNorm, weights);
        _query = Project(WeightNames.Query, WeightNames.QueryBias, features.QueryKeyValueBias, queries, hidden);
        _key = Project(WeightNames.Key, WeightNames.KeyBias, features.QueryKeyValueBias, keys, hidden);
        _value = Project(WeightNames.Value, WeightNames.ValueBias, features.QueryKeyValueBias, keys, hidden);
        _output = Project(WeightNames.Output, WeightNames.OutputBias, features.OutputBias, hidden, queries);
        _queryNorm = Norm(WeightNames.QueryNorm, queries);
        _keyNorm = Norm(WeightNames.KeyNorm, keys);
        _scores = new AttentionScores(config, attention, features.Sinks ? Take(weights, WeightNames.Sinks, _heads) : null);

        Projection Project(string matrix, string bias, bool hasBias, long outputs, long inputs) =>
            new(Take(weights, matrix, outputs, inputs), hasBias ? Take(weights, bias, outputs) : null);

        HeadNorm? Norm(string name, long width) => features.QueryKeyNorm switch
        {
            QueryKeyNorm.None => null,
            var kind => new HeadNorm(new RmsNorm(
                Take(weights, name, kind == QueryKeyNorm.PerHead ? _headSize : width), config.RmsNormEpsilon, config.Norms.AddsOne), kind),
        };
    }

    private protected override Tensor Compute(Tensor hidden, RotaryTable rotary, LayerCache? cache)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(rotary);
        return Attend(hidden, _branch.Enter(hidden), _query, _key, _value, rotary, cache);
    }

    private protected override Tensor ComputeFolded(Tensor hidden, RotaryTable rotary) =>
        Attend(hidden, _branch.EnterFolded(hidden), Fold(_query), Fold(_key), Fold(_value), rotary, null);

    internal override string Readout => WeightNames.Output;

    internal override Tensor? ReadoutBias => _output.Bias;

    internal override Tensor Features(Tensor hidden, RotaryTable rotary)
    {
        using OpenCalls.Call call = Enter();
        return Mix(_branch.Enter(hidden), _query, _key, _value, rotary, null);
    }

    private Tensor Attend(
        Tensor hidden, Tensor x, Projection query, Projection key, Projection value, RotaryTable rotary, LayerCache? cache) =>
        _branch.Leave(hidden, _output.Apply(Mix(x, query, key, value, rotary, cache)));

    // The values that each query head reads, one head after the other: [B, T, N * H].
    private Tensor Mix(Tensor x, Projection query, Projection key, Projection value, RotaryTable rotary, LayerCache? cache)
    {
        long batch = x.size(0), tokens = x.size(1);
        Tensor queries = Heads(query.Apply(x), _heads, _queryNorm);
        Tensor keys = Heads(key.Apply(x), _keyValueHeads, _keyNorm);
        Tensor values = Heads(value.Apply(x), _keyValueHeads, null);
        if (_rotary is { } index)
        {
            RotaryTable table = rotary.ForRotary(index);
            (queries, keys) = (table.Rotate(queries), table.Rotate(keys));
        }
        if (cache is not null)
            (keys, values) = cache.Append(keys, values);
        return _scores.Attend(queries, keys, values).transpose(1, 2).reshape(batch, tokens, (long)_heads * _headSize);
    }

    // [B, T, n * H] -> [B, n, T, H]
    private Tensor Heads(Tensor x, int heads, HeadNorm? norm)
    {
        if (norm is { Kind: QueryKeyNorm.FullWidth })
            x = norm.Norm.Forward(x);
        Tensor split = x.view(x.size(0), x.size(1), heads, _headSize).transpose(1, 2);
        return norm is { Kind: QueryKeyNorm.PerHead } ? norm.Norm.Forward(split) : split;
    }

    private Projection Fold(Projection projection) => projection with { Matrix = _branch.Fold(projection.Matrix) };

    private sealed record Projection(Tensor Matrix, Tensor? Bias)
    {
        public Tensor Apply(Tensor x) => linear(x, Matrix, Bias);
    }

    private sealed record HeadNorm(RmsNorm Norm, QueryKeyNorm Kind);
}
