using Puzzle.Deployment.Generation;
using Puzzle.Measurement;

namespace Puzzle.Deployment.Profiling;

/// <summary>A workload's request to one model: its prompt, its KV cache and its generated tokens, in two parts.</summary>
internal sealed class WholeModelRequest : IDisposable
{
    private const long Stride = 7919;
    private readonly Workload _workload;
    private readonly OnnxSequences _sequences;
    private readonly int[][] _prompts;
    private readonly int[] _token;

    public WholeModelRequest(OnnxDecoder decoder, Workload workload)
    {
        _workload = workload;
        _sequences = new OnnxSequences(decoder, workload.BatchSize, workload.SequenceTokens);
        _prompts = [.. Enumerable.Range(0, workload.BatchSize).Select(sequence => Ids(sequence * workload.PromptTokens, workload.PromptTokens))];
        _token = Ids(0, workload.BatchSize);

        // Ids that visit the vocabulary evenly.
        int[] Ids(int first, int count) => [.. Enumerable.Range(first, count).Select(i => (int)(i * Stride % decoder.Config.VocabSize))];
    }

    /// <summary>Processes the prompt.</summary>
    public void Prefill() => _sequences.Start(_prompts);

    /// <summary>Generates every token after the prompt.</summary>
    public void Decode()
    {
        _sequences.Rewind();
        for (int step = 0; step < _workload.GeneratedTokens; step++)
            _sequences.Next(_token);
    }

    public void Dispose() => _sequences.Dispose();
}
