using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Search.Profiling;

/// <summary>Models without a subblock: embedding, final norm and head. A call runs one of them.</summary>
internal sealed class NonBlockStack : IProfiledStack
{
    private const int MostCopies = 64;
    private readonly ProfilingBench _bench;
    private readonly long _length;
    private readonly CausalLanguageModel[] _copies;
    private readonly KeyValueCache _cache;

    public NonBlockStack(ProfilingBench bench)
    {
        _bench = bench;
        ModelConfig model = Without(bench.Model);
        IReadOnlyList<WeightShape> weights = WeightNames.Model(model);
        _length = WeightTape.LengthOf(weights);
        _copies = new CausalLanguageModel[Math.Min(MostCopies, bench.Tape.CopiesOf(_length))];
        for (int copy = 0; copy < _copies.Length; copy++)
            _copies[copy] = CausalLanguageModel.Create(model, bench.Tape.Cut(weights, copy));
        _cache = new KeyValueCache(_copies[0], bench.Workload.BatchSize, bench.Workload.SequenceTokens);
    }

    /// <summary>Gives a model's shape without its subblocks.</summary>
    public static ModelConfig Without(ModelConfig model) =>
        model with { Architecture = Architecture.Uniform(1, new BlockConfig(new NoOpAttentionConfig(), new NoOpFfnConfig())) };

    public void Prefill() => Run(_bench.PromptIds, 0);

    public void Decode() => Run(_bench.TokenIds, _bench.DecodeContext);

    // The scope and the rotary views of an empty run are made once a forward pass: they belong here.
    public double PerCopy(double milliseconds, double empty, bool decoding) => milliseconds;

    public void Dispose()
    {
        foreach (CausalLanguageModel copy in _copies)
            copy.Dispose();
        _cache.Dispose();
    }

    private void Run(Tensor ids, int position)
    {
        using var scope = NewDisposeScope();
        _cache.Rewind(0);
        _cache.Advance(position);
        _copies[_bench.Tape.Next(_length, _copies.Length)].Forward(ids, _cache);
    }
}
