using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Sequences of one length that are continued together, token by token.</summary>
internal sealed class GenerationBatch : IDisposable
{
    private readonly CausalLanguageModel _model;
    private readonly TokenSampler[] _samplers;
    private readonly KeyValueCache _cache;
    private long[] _pending;

    /// <summary>Allocates the cache; nothing is computed yet.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">The prompts B, all of the same length.</param>
    /// <param name="samplers">One for each sequence.</param>
    /// <param name="newTokens">The most tokens to make.</param>
    public GenerationBatch(CausalLanguageModel model, IReadOnlyList<int[]> prompts, TokenSampler[] samplers, int newTokens)
    {
        (_model, _samplers) = (model, samplers);
        _pending = [.. prompts.SelectMany(prompt => prompt.Select(id => (long)id))];
        // The last token made is never fed.
        _cache = new KeyValueCache(model, prompts.Count, prompts[0].Length + Math.Max(0, newTokens - 1));
    }

    /// <summary>Makes the next token of every sequence.</summary>
    public int[] Next()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        int batch = _samplers.Length;
        Tensor ids = tensor(_pending, [batch, _pending.Length / batch], device: _model.Device);
        Tensor logits = _model.Forward(ids, _cache).to(ScalarType.Float32).cpu().contiguous();
        float[] values = logits.data<float>().ToArray();
        int vocabulary = values.Length / batch;
        int[] chosen = new int[batch];
        for (int i = 0; i < batch; i++)
            chosen[i] = _samplers[i].Choose(values.AsSpan(i * vocabulary, vocabulary));
        _pending = [.. chosen.Select(id => (long)id)];
        return chosen;
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();
}
