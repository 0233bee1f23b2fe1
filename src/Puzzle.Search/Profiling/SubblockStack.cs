using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Measurement;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Search.Profiling;

/// <summary>
/// A subblock as every layer of a residual stack. A call runs <see cref="ProfilingBench.Depth"/> copies in one dispose scope;
/// the next call goes on with the copies after them. With no copies it is the empty run that others' times are corrected by.
/// </summary>
internal sealed class SubblockStack : IProfiledStack
{
    private readonly ProfilingBench _bench;
    private readonly long _length;
    private readonly Subblock[] _copies;
    private readonly LayerCache[] _prefillCaches;
    private readonly LayerCache[] _decodeCaches;
    private readonly Tensor _prompt;
    private readonly Tensor _token;
    private int _turn;

    private SubblockStack(
        ProfilingBench bench, IReadOnlyList<WeightShape> weights, Func<WeightSource, Subblock> create,
        GroupedQueryAttentionConfig? attention, RoutedTokens? routed = null)
    {
        _bench = bench;
        _prompt = Repeated(bench.PromptHidden, routed?.Prompt);
        _token = Repeated(bench.TokenHidden, routed?.Step);
        _length = WeightTape.LengthOf(weights);
        _copies = new Subblock[weights.Count == 0 ? 0 : bench.Tape.CopiesOf(_length)];
        for (int copy = 0; copy < _copies.Length; copy++)
            _copies[copy] = create(bench.Tape.Cut(weights, copy));
        (_prefillCaches, _decodeCaches) = CreateCaches(bench, attention);
    }

    /// <summary>Creates the run without any subblock.</summary>
    public static SubblockStack Empty(ProfilingBench bench) => new(bench, [], _ => new NoOpSubblock(), null);

    /// <summary>Creates a stack of attention subblocks.</summary>
    public static SubblockStack Attention(ProfilingBench bench, AttentionConfig config) => new(
        bench,
        WeightNames.Attention(bench.Model, config),
        weights => TransformerBlock.CreateAttention(bench.Model, config, weights),
        config as GroupedQueryAttentionConfig);

    /// <summary>Creates a stack of FFN subblocks.</summary>
    public static SubblockStack Ffn(ProfilingBench bench, FfnConfig config, RoutedTokens routed) => new(
        bench,
        WeightNames.Ffn(bench.Model, config),
        weights => TransformerBlock.CreateFfn(bench.Model, config, weights),
        null,
        routed);

    public void Prefill() => Run(_prompt, _prefillCaches, 0);

    public void Decode() => Run(_token, _decodeCaches, _bench.DecodeContext);

    public double PerCopy(double milliseconds, double empty, bool decoding) => Math.Max(0, milliseconds - empty) / _bench.Depth;

    public void Dispose()
    {
        foreach (IDisposable item in _copies.Concat<IDisposable>(_prefillCaches).Concat(_decodeCaches))
            item.Dispose();
        _prompt.Dispose();
        _token.Dispose();
    }

    // [B, T, D] of so many different rows, one after the other and again; always a tensor of its own.
    private static Tensor Repeated(Tensor hidden, int? different)
    {
        using var scope = NewDisposeScope();
        long rows = hidden.size(0) * hidden.size(1);
        if (different is not { } few || few >= rows)
            return hidden.alias().DetachFromDisposeScope();
        Tensor places = tensor(Enumerable.Range(0, (int)rows).Select(row => (long)row % few).ToArray(), device: hidden.device);
        return hidden.reshape(rows, -1).index_select(0, places).view_as(hidden).DetachFromDisposeScope();
    }

    private static (LayerCache[] Prefill, LayerCache[] Decode) CreateCaches(ProfilingBench bench, GroupedQueryAttentionConfig? attention)
    {
        if (attention is null)
            return ([], []);
        int keyValueHeads = attention.KeyValueHeads;
        (int batch, int capacity, int size) = (bench.Workload.BatchSize, bench.Workload.SequenceTokens, bench.Model.HeadSize);
        long bytes = 2L * keyValueHeads * size * Math.Min(capacity, attention.Window ?? capacity) * batch * bench.ElementBytes;
        var decode = new LayerCache[Math.Min(1024, bench.CopiesToStayCold(bytes))];
        var prefill = new LayerCache[Math.Min(4, decode.Length)];
        for (int i = 0; i < prefill.Length; i++)
            prefill[i] = Create();
        using var scope = NewDisposeScope();
        Tensor past = randn([batch, keyValueHeads, bench.DecodeContext, size], bench.Type, bench.Device);
        for (int i = 0; i < decode.Length; i++)
        {
            decode[i] = Create();
            decode[i].Append(past, past);
        }
        return (prefill, decode);

        LayerCache Create() => new(batch, keyValueHeads, capacity, size, bench.Device, bench.Type, attention.Window);
    }

    private void Run(Tensor hidden, LayerCache[] caches, int position)
    {
        using var scope = NewDisposeScope();
        RotaryTable rotary = _bench.Rotary.At(position, (int)hidden.size(1));
        for (int step = 0; step < _bench.Depth && _copies.Length > 0; step++)
        {
            Subblock copy = _copies[_bench.Tape.Next(_length, _copies.Length)];
            LayerCache? cache = caches.Length > 0 ? caches[_turn = (_turn + 1) % caches.Length] : null;
            cache?.Rewind(position);
            hidden = copy.Forward(hidden, rotary, cache);
        }
    }
}
