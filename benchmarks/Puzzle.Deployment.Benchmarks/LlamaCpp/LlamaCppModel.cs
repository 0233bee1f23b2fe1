using System.Runtime.InteropServices;
using static Puzzle.Deployment.Benchmarks.LlamaCpp.LlamaCppLibrary;
using static Puzzle.Deployment.Benchmarks.LlamaCpp.LlamaCppStructs;

namespace Puzzle.Deployment.Benchmarks.LlamaCpp;

/// <summary>A GGUF file in llama.cpp that continues a batch of prompts by the likeliest tokens. Keys and values are 16-bit floats, the
/// engine's default: with 32 bits its fused attention made a step of 6 ms take 11.</summary>
internal sealed class LlamaCppModel : IGreedyDecoder
{
    private readonly LlamaCppLibrary _library;
    private readonly DecodeBatch _decode;
    private readonly LogitsOf _logits;
    private readonly nint _model, _context;
    private readonly Batch _batch;
    private readonly int _vocabulary;
    private readonly int[][] _prompts;
    private readonly float[] _row;
    private int _position;

    public LlamaCppModel(LlamaCppLibrary library, string file, int threads, int vocabulary, int[][] prompts, int positions)
    {
        (_library, _vocabulary, _prompts, _row) = (library, vocabulary, prompts, new float[vocabulary]);
        int tokens = prompts.Sum(prompt => prompt.Length);
        _model = library.Find<LoadModel>("llama_model_load_from_file")(file, library.Find<DefaultModel>("llama_model_default_params")());
        ContextParameters parameters = library.Find<DefaultContext>("llama_context_default_params")();
        (parameters.Threads, parameters.BatchThreads, parameters.NoTiming) = (threads, threads, 1);
        (parameters.Batch, parameters.Sequences, parameters.Outputs) = ((uint)tokens, (uint)prompts.Length, (uint)prompts.Length);
        parameters.Positions = (uint)(prompts.Length * positions);
        _context = _model == 0 ? 0 : library.Find<CreateContext>("llama_init_from_model")(_model, parameters);
        if (_context == 0)
            throw new InvalidOperationException($"llama.cpp does not load {file}.");
        _batch = library.Find<CreateBatch>("llama_batch_init")(tokens, 0, 1);
        _decode = library.Find<DecodeBatch>("llama_decode");
        _logits = library.Find<LogitsOf>("llama_get_logits_ith");
    }

    public int[] Start()
    {
        _library.Find<ClearMemory>("llama_memory_clear")(_library.Find<OfHandle>("llama_get_memory")(_context), 0);
        _position = 0;
        return Decode(_prompts);
    }

    public int[] Next(int[] tokens) => Decode([.. tokens.Select(token => new[] { token })]);

    public void Dispose()
    {
        _library.Find<FreeBatch>("llama_batch_free")(_batch);
        _library.Find<Free>("llama_free")(_context);
        _library.Find<Free>("llama_model_free")(_model);
    }

    private int[] Decode(int[][] tokens)
    {
        Batch batch = _batch;
        batch.Count = 0;
        int[] last = new int[tokens.Length];
        for (int sequence = 0; sequence < tokens.Length; sequence++)
        {
            for (int i = 0; i < tokens[sequence].Length; i++)
            {
                int at = batch.Count++;
                bool isLast = i == tokens[sequence].Length - 1;
                Marshal.WriteInt32(batch.Tokens, at * sizeof(int), tokens[sequence][i]);
                Marshal.WriteInt32(batch.Positions, at * sizeof(int), _position + i);
                Marshal.WriteInt32(batch.SequenceCounts, at * sizeof(int), 1);
                Marshal.WriteInt32(Marshal.ReadIntPtr(batch.Sequences, at * nint.Size), sequence);
                Marshal.WriteByte(batch.WantsLogits, at, isLast ? (byte)1 : (byte)0);
                if (isLast)
                    last[sequence] = at;
            }
        }
        _position += tokens[0].Length;
        if (_decode(_context, batch) != 0)
            throw new InvalidOperationException("llama.cpp does not decode.");
        return [.. last.Select(Likeliest)];
    }

    private int Likeliest(int token)
    {
        Marshal.Copy(_logits(_context, token), _row, 0, _vocabulary);
        int likeliest = 0;
        for (int id = 1; id < _row.Length; id++)
        {
            if (_row[id] > _row[likeliest])
                likeliest = id;
        }
        return likeliest;
    }
}
