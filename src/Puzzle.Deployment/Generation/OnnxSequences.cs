using Microsoft.ML.OnnxRuntime;
using Puzzle.Deployment.Export;

namespace Puzzle.Deployment.Generation;

/// <summary>A batch of sequences being continued: prompts first, then one token of each at a time. B sequences, T tokens, V vocabulary size.</summary>
/// <remarks>
/// Prompts are padded on the right. The mask says which places of the cache the padding left empty; the fused operator fills them with the
/// tokens that follow, the standard one appends after them. Both get the same mask.
/// </remarks>
internal sealed class OnnxSequences : IDisposable
{
    private readonly OnnxDecoder _decoder;
    private readonly CacheBuffers _cache;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _run = OnnxSessions.RunOptions();
    private readonly int _batch;
    private readonly int[] _lengths;
    private readonly int _capacity;
    private int _padded;
    private int _total;

    /// <summary>Allocates the cache.</summary>
    /// <param name="decoder">The decoder; not disposed.</param>
    /// <param name="batch">Sequences B.</param>
    /// <param name="capacity">The most tokens of the longest sequence.</param>
    public OnnxSequences(OnnxDecoder decoder, int batch, int capacity)
    {
        (_decoder, _batch, _capacity) = (decoder, batch, capacity);
        _lengths = new int[batch];
        _cache = new CacheBuffers(decoder.Memory, decoder.Ports, decoder.CacheType, decoder.SharesCache, batch, decoder.SharesCache ? capacity : 0);
        _binding = decoder.Session.CreateIoBinding();
    }

    /// <summary>Processes the prompts; what there was before is forgotten.</summary>
    /// <param name="prompts">The token ids of each, at least one.</param>
    /// <returns>Logits: [B, T, V] if the graph gives all, T being the longest prompt's length; else those after each prompt, [B, V].</returns>
    public float[] Start(IReadOnlyList<int[]> prompts)
    {
        _total = 0;
        _cache.Start(_binding);
        _padded = prompts.Max(prompt => prompt.Length);
        long[] ids = new long[_batch * _padded], positions = new long[ids.Length];
        for (int i = 0; i < _batch; i++)
        {
            _lengths[i] = prompts[i].Length;
            for (int t = 0; t < _padded; t++)
            {
                ids[(i * _padded) + t] = t < prompts[i].Length ? prompts[i][t] : 0;
                positions[(i * _padded) + t] = t;
            }
        }
        return Run(ids, positions, _padded);
    }

    /// <summary>Appends one token to each sequence.</summary>
    /// <param name="tokens">One id for each.</param>
    /// <returns>Logits after them, [B, V].</returns>
    public float[] Next(ReadOnlySpan<int> tokens)
    {
        long[] ids = new long[_batch], positions = new long[_batch];
        int made = _total - _padded;
        for (int i = 0; i < _batch; i++)
            (ids[i], positions[i]) = (tokens[i], _lengths[i] + made);
        return Run(ids, positions, 1);
    }

    /// <summary>Forgets all tokens after the prompts.</summary>
    public void Rewind()
    {
        _total = _padded;
        _cache.Rewind(_binding);
    }

    /// <summary>Gives one sequence's logits after its prompt.</summary>
    /// <param name="logits">What <see cref="Start"/> or <see cref="Next"/> returned.</param>
    /// <param name="sequence">The sequence's index.</param>
    public ReadOnlySpan<float> Last(float[] logits, int sequence)
    {
        int vocabulary = _decoder.Config.VocabSize, tokens = logits.Length / vocabulary / _batch;
        int row = (sequence * tokens) + (tokens == 1 ? 0 : _lengths[sequence] - 1);
        return logits.AsSpan(row * vocabulary, vocabulary);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _cache.Dispose();
        _run.Dispose();
    }

    private float[] Run(long[] ids, long[] positions, int tokens)
    {
        if (tokens > _capacity - _total)
            throw new InvalidOperationException($"The cache holds {_capacity} tokens of a sequence; {_total + tokens} were asked for.");
        _total += tokens;
        int vocabulary = _decoder.Config.VocabSize, rows = _decoder.AllLogits ? tokens : 1;
        var logits = new float[checked(_batch * rows * vocabulary)];
        using OrtValue idsValue = OrtValue.CreateTensorValueFromMemory(ids, [_batch, tokens]);
        using OrtValue positionsValue = OrtValue.CreateTensorValueFromMemory(positions, [_batch, tokens]);
        using OrtValue maskValue = OrtValue.CreateTensorValueFromMemory(Mask(), [_batch, _total]);
        using OrtValue logitsValue = OrtValue.CreateTensorValueFromMemory(logits, [_batch, rows, vocabulary]);
        _binding.BindInput(DecoderNames.InputIds, idsValue);
        _binding.BindInput(DecoderNames.AttentionMask, maskValue);
        if (_decoder.TakesPositions)
            _binding.BindInput(DecoderNames.PositionIds, positionsValue);
        _binding.BindOutput(DecoderNames.Logits, logitsValue);
        _decoder.Session.RunWithBinding(_run, _binding);
        _cache.Advance(_binding);
        return logits;
    }

    private long[] Mask()
    {
        var mask = new long[_batch * _total];
        for (int i = 0; i < _batch; i++)
        {
            Span<long> row = mask.AsSpan(i * _total, _total);
            row.Fill(1);
            row[_lengths[i].._padded].Clear();
        }
        return mask;
    }
}
