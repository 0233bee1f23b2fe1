using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Measurement;

namespace Puzzle.Deployment.Profiling;

/// <summary>One step of a stack, ready to be run again and again over the same inputs.</summary>
internal sealed class StackRun : IDisposable
{
    private const long Stride = 7919;
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _run = OnnxSessions.RunOptions();
    private readonly CacheBuffers _cache;
    private readonly List<OrtValue> _values = [];

    /// <summary>Writes and loads the graph and allocates inputs and outputs.</summary>
    /// <param name="bench">Sizes.</param>
    /// <param name="part">What the stack is made of; null for the empty one.</param>
    /// <param name="copies">How many of it.</param>
    /// <param name="tokens">New tokens of each sequence.</param>
    /// <param name="past">Tokens of each sequence in the cache.</param>
    /// <param name="cancellationToken">Stops waiting for the graph to be loaded.</param>
    public StackRun(StackBench bench, StackPart? part, int copies, int tokens, int past, CancellationToken cancellationToken)
    {
        Copies = copies;
        _session = OnnxSessions.Open(StackGraph.Write(bench, part, copies), bench.Session, cancellationToken);
        _binding = _session.CreateIoBinding();
        (int batch, int total) = (bench.Workload.BatchSize, past + tokens);
        bool shared = AttentionFormRules.Of(bench.Model, bench.Export).SharesCache();
        CachePort[] ports = part is { KeyValueHeads: > 0 and var heads } ? Ports(copies, heads, bench.Model.HeadSize) : [];
        _cache = new CacheBuffers(
            CacheMemory.Cpu, ports, TensorElementType.Float, shared, batch, shared ? bench.Workload.SequenceTokens
                + 1 : past, part is null ? 0 : 2 * bench.CachesOf(part, copies));
        if (past > 0)
            _cache.Clear();
        _cache.Start(_binding);

        Input(StackGraph.Hidden, () => Value(
            Tokens(batch * tokens, DifferentTokens(part?.Routed, past > 0) ?? (batch * tokens), bench.Model.HiddenSize),
            batch, tokens, bench.Model.HiddenSize));
        Input(DecoderNames.InputIds, () => Value(Ids(batch * tokens, bench.Model.VocabularySize), batch, tokens));
        Input(DecoderNames.PositionIds, () => Value(Positions(batch, tokens, past), batch, tokens));
        Input(DecoderNames.AttentionMask, () => Value(Enumerable.Repeat(1L, batch * total).ToArray(), batch, total));
        foreach (string output in _session.OutputMetadata.Keys.Where(name => !name.StartsWith("present.", StringComparison.Ordinal)))
        {
            long[] shape = output == StackGraph.Result ? [batch, tokens, bench.Model.HiddenSize] : [batch, 1, bench.Model.VocabularySize];
            _binding.BindOutput(
                output, Keep(OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, TensorElementType.Float, shape)));
        }

        void Input(string name, Func<OrtValue> create)
        {
            if (_session.InputMetadata.ContainsKey(name))
                _binding.BindInput(name, create());
        }
    }

    public int Copies { get; }

    public void Run() => _session.RunWithBinding(_run, _binding);

    public void Dispose()
    {
        _binding.Dispose();
        _cache.Dispose();
        _values.ForEach(value => value.Dispose());
        _run.Dispose();
        _session.Dispose();
    }

    private static CachePort[] Ports(int copies, int heads, int headSize) =>
    [
        .. Enumerable.Range(0, copies).SelectMany(copy => new CachePort[]
        {
            new(DecoderNames.PastKey(copy), DecoderNames.PresentKey(copy), heads, headSize),
            new(DecoderNames.PastValue(copy), DecoderNames.PresentValue(copy), heads, headSize),
        }),
    ];

    private OrtValue Value<T>(T[] values, params long[] shape)
        where T : unmanaged => Keep(OrtValue.CreateTensorValueFromMemory(values, shape));

    private OrtValue Keep(OrtValue value)
    {
        _values.Add(value);
        return value;
    }

    private static int? DifferentTokens(RoutedTokens? routed, bool decoding) => decoding ? routed?.Step : routed?.Prompt;

    // Tokens of random numbers; from the different ones on they repeat.
    private static float[] Tokens(int count, int different, int hidden)
    {
        var random = new Random(2);
        float[] numbers = [.. Enumerable.Range(0, different * hidden).Select(_ => ((float)random.NextDouble() * 2) - 1)];
        return [.. Enumerable.Range(0, count * hidden).Select(i => numbers[i % numbers.Length])];
    }

    private static long[] Ids(int count, int vocabularySize) => [.. Enumerable.Range(0, count).Select(i => i * Stride % vocabularySize)];

    private static long[] Positions(int batch, int tokens, int past) =>
        [.. Enumerable.Range(0, batch).SelectMany(_ => Enumerable.Range(past, tokens)).Select(position => (long)position)];
}
