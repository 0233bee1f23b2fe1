using Puzzle.Measurement;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Search.Profiling;

/// <summary>A workload's request to one model: its prompt, its KV cache and its generated tokens, in two parts.</summary>
internal sealed class TorchModelRequest : IWholeModelRequest
{
    private readonly CausalLanguageModel _model;
    private readonly Workload _workload;
    private readonly KeyValueCache _cache;
    private readonly Tensor _prompt;
    private readonly Tensor _token;

    public TorchModelRequest(CausalLanguageModel model, Workload workload)
    {
        (_model, _workload) = (model, workload);
        _cache = new KeyValueCache(model, workload.BatchSize, workload.SequenceTokens);
        _prompt = TokenPattern.Create(workload.BatchSize, workload.PromptTokens, model.Config.VocabularySize, model.Device)
            .DetachFromDisposeScope();
        _token = TokenPattern.Create(workload.BatchSize, 1, model.Config.VocabularySize, model.Device).DetachFromDisposeScope();
    }

    public int Copies => 1;

    public void Prefill()
    {
        using var scope = NewDisposeScope();
        _cache.Rewind(0);
        _model.Forward(_prompt, _cache);
    }

    public void Decode()
    {
        _cache.Rewind(_workload.PromptTokens);
        for (int step = 0; step < _workload.GeneratedTokens; step++)
        {
            using var scope = NewDisposeScope();
            _model.Forward(_token, _cache);
        }
    }

    public void Dispose()
    {
        _cache.Dispose();
        _prompt.Dispose();
        _token.Dispose();
    }
}
