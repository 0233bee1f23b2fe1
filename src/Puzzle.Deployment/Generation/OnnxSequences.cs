using Microsoft.ML.OnnxRuntime;
using Puzzle.Deployment.Export;
using Puzzle.Foundation;

namespace Puzzle.Deployment.Generation;

/// <summary>A batch of sequences being continued: prompts first, then one token of each at a time. B sequences, T tokens, V vocabulary
/// size.</summary>
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
    private readonly long[] _mask;
    // What every step after the prompts uses again.
    private readonly long[] _ids;
    private readonly long[] _positions;
    private readonly float[] _logits;
    private readonly OrtValue _idsValue;
    private readonly OrtValue _positionsValue;
    private readonly OrtValue _logitsValue;
    private int _isDisposed;
    private int _padded;
    private int _total;

    /// <summary>Allocates the cache.</summary>
    /// <param name="decoder">The decoder; not disposed.</param>
    /// <param name="batch">Sequences B.</param>
    /// <param name="capacity">The most tokens of the longest sequence.</param>
    public OnnxSequences(OnnxDecoder decoder, int batch, int capacity)
    {
        decoder.BeginUse();
        try
        {
            (_decoder, _batch, _capacity) = (decoder, batch, capacity);
            _lengths = new int[batch];
            _cache = new CacheBuffers(
                decoder.Memory, decoder.Ports, decoder.CacheType, decoder.SharesCache, batch, decoder.SharesCache ? capacity : 0);
            _binding = decoder.Session.CreateIoBinding();
            _mask = new long[checked(batch * capacity)];
            (_ids, _positions, _logits) = (new long[batch], new long[batch], new float[checked(batch * decoder.Config.VocabSize)]);
            _idsValue = OrtValue.CreateTensorValueFromMemory(_ids, [batch, 1]);
            _positionsValue = OrtValue.CreateTensorValueFromMemory(_positions, [batch, 1]);
            _logitsValue = OrtValue.CreateTensorValueFromMemory(_logits, [batch, 1, decoder.Config.VocabSize]);
        }
        catch
        {
            decoder.EndUse();
            throw;
        }
    }

    /// <summary>Processes the prompts; what there was before is forgotten.</summary>
    /// <param name="prompts">The token ids of each, at least one.</param>
    /// <returns>Logits: [B, T, V] if the graph gives all, T being the longest prompt's length; else those after each prompt, [B,
    /// V].</returns>
    public float[] Start(IReadOnlyList<int[]> prompts)
    {
        using OpenCalls.Call call = _decoder.Enter();
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
        int vocabulary = _decoder.Config.VocabSize, rows = _decoder.AllLogits ? _padded : 1;
        var logits = new float[checked(_batch * rows * vocabulary)];
        using OrtValue idsValue = OrtValue.CreateTensorValueFromMemory(ids, [_batch, _padded]);
        using OrtValue positionsValue = OrtValue.CreateTensorValueFromMemory(positions, [_batch, _padded]);
        using OrtValue logitsValue = OrtValue.CreateTensorValueFromMemory(logits, [_batch, rows, vocabulary]);
        Run(idsValue, positionsValue, logitsValue, _padded);
        return logits;
    }

    /// <summary>Appends one token to each sequence.</summary>
    /// <param name="tokens">One id for each.</param>
    /// <returns>Logits after them, [B, V]; the next call overwrites them.</returns>
    public float[] Next(ReadOnlySpan<int> tokens)
    {
        int made = _total - _padded;
        for (int i = 0; i < _batch; i++)
            (_ids[i], _positions[i]) = (tokens[i], _lengths[i] + made);
        Run(_idsValue, _positionsValue, _logitsValue, 1);
        return _logits;
    }

    /// <summary>Forgets all tokens after the prompts.</summary>
    public void Rewind()
    {
        using OpenCalls.Call call = _decoder.Enter();
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
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _binding.Dispose();
        _cache.Dispose();
        _run.Dispose();
        _idsValue.Dispose();
        _positionsValue.Dispose();
        _logitsValue.Dispose();
        _decoder.EndUse();
    }

    private void Run(OrtValue ids, OrtValue positions, OrtValue logits, int tokens)
    {
        if (tokens > _capacity - _total)
            throw new InvalidOperationException($"The cache holds {_capacity} tokens of a sequence; {_total + tokens} were asked for.");
        using OpenCalls.Call call = _decoder.Enter();
        _total += tokens;
        using OrtValue mask = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, FillMask(), [_batch, _total]);
        _binding.BindInput(DecoderNames.InputIds, ids);
        _binding.BindInput(DecoderNames.AttentionMask, mask);
        if (_decoder.TakesPositions)
            _binding.BindInput(DecoderNames.PositionIds, positions);
        _binding.BindOutput(DecoderNames.Logits, logits);
        _decoder.Session.RunWithBinding(_run, _binding);
        _cache.Advance(_binding);
    }

    private Memory<long> FillMask()
    {
        Memory<long> mask = _mask.AsMemory(0, _batch * _total);
        mask.Span.Fill(1);
        for (int i = 0; i < _batch; i++)
            mask.Span.Slice(i * _total, _total)[_lengths[i].._padded].Clear();
        return mask;
    }
}
