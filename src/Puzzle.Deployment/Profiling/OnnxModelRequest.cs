using Puzzle.Deployment.Generation;
using Puzzle.Measurement;

namespace Puzzle.Deployment.Profiling;

/// <summary>A workload's request to a model, made to several loaded copies of it in turn, token by token, so that none stays in the
/// cache.</summary>
internal sealed class OnnxModelRequest : IWholeModelRequest
{
    private const long Stride = 7919;
    private const int MostCopies = 64;
    private readonly Workload _workload;
    private readonly CancellationToken _cancellationToken;
    private readonly List<OnnxDecoder> _loaded = [];
    private readonly List<OnnxSequences> _copies = [];
    private readonly int[][] _prompts;
    private readonly int[] _token;

    /// <summary>Loads as many further copies as it takes.</summary>
    /// <param name="decoder">The first copy; not disposed.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="options">How cold weights are to be.</param>
    /// <param name="cancellationToken">Stops between copies and steps, and while a copy is loaded.</param>
    public OnnxModelRequest(
        OnnxDecoder decoder, Workload workload, OnnxProfilingOptions options, CancellationToken cancellationToken)
    {
        (_workload, _cancellationToken) = (workload, cancellationToken);
        _prompts = [.. Enumerable.Range(0, workload.BatchSize)
            .Select(sequence => Ids(sequence * workload.PromptTokens, workload.PromptTokens))];
        _token = Ids(0, workload.BatchSize);
        int copies = options.CopiesToStayCold(decoder.WeightBytes, decoder.WeightBytes, 1, MostCopies);
        try
        {
            for (int copy = 0; copy < copies; copy++)
            {
                if (copy > 0)
                    _loaded.Add(decoder.LoadAgain(cancellationToken));
                _copies.Add(new OnnxSequences(copy == 0 ? decoder : _loaded[^1], workload.BatchSize, workload.SequenceTokens));
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        // Ids that visit the vocabulary evenly.
        int[] Ids(int first, int count) => [.. Enumerable.Range(first, count).Select(i => (int)(i * Stride % decoder.Config.VocabSize))];
    }

    /// <inheritdoc/>
    public int Copies => _copies.Count;

    /// <inheritdoc/>
    public void Prefill()
    {
        foreach (OnnxSequences copy in _copies)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            copy.Start(_prompts);
        }
    }

    /// <inheritdoc/>
    public void Decode()
    {
        foreach (OnnxSequences copy in _copies)
            copy.Rewind();
        for (int step = 0; step < _workload.GeneratedTokens; step++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            foreach (OnnxSequences copy in _copies)
                copy.Next(_token);
        }
    }

    public void Dispose()
    {
        _copies.ForEach(copy => copy.Dispose());
        _loaded.ForEach(copy => copy.Dispose());
    }
}
