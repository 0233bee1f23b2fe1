using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Sequences of one length that are continued together, token by token.</summary>
internal sealed class GenerationBatch : IDisposable
{
    private readonly CausalLanguageModel _model;
    private readonly TokenSampler[] _samplers;
    private readonly KeyValueCache _cache;
    private readonly DeviceSampler? _onDevice;
    private readonly bool _draws;
    private Tensor _pending;

    /// <summary>Allocates the cache; nothing is computed yet.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">The prompts B, all of the same length.</param>
    /// <param name="samplers">One for each sequence.</param>
    /// <param name="options">How tokens are chosen, and the most to make.</param>
    /// <param name="onDevice">Whether they are chosen where the logits are; null where the model is not on the CPU, to which a step's
    /// logits would have to be copied.</param>
    public GenerationBatch(
        CausalLanguageModel model, IReadOnlyList<int[]> prompts, TokenSampler[] samplers, GenerationOptions options, bool? onDevice = null)
    {
        (_model, _samplers, _draws) = (model, samplers, options.Temperature > 0);
        if (onDevice ?? model.Device.type != DeviceType.CPU)
            _onDevice = new DeviceSampler(options);
        _pending = tensor(
            [.. prompts.SelectMany(prompt => prompt.Select(id => (long)id))], [prompts.Count, prompts[0].Length],
            device: model.Device).DetachFromDisposeScope();
        // The last token made is never fed.
        _cache = new KeyValueCache(model, prompts.Count, prompts[0].Length + Math.Max(0, options.MaxNewTokens - 1));
    }

    /// <summary>Makes the next token of every sequence.</summary>
    public int[] Next()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor logits = _model.ForwardKnown(_pending, _cache).to(ScalarType.Float32);
        if (_onDevice is null)
            return ChooseHere(logits);
        Tensor next = _onDevice.Choose(logits, _draws ? [.. _samplers.Select(sampler => sampler.Draw())] : []);
        double[] read = HostRead.Numbers("generation", cat([next, logits.isfinite().all().to(ScalarType.Int64).view(1)], 0));
        // Names the logit that is not finite.
        if (read[^1] == 0)
            return ChooseHere(logits);
        Feed(next.unsqueeze(1));
        return [.. read.SkipLast(1).Select(id => (int)id)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache.Dispose();
        _pending.Dispose();
        _onDevice?.Dispose();
    }

    private int[] ChooseHere(Tensor logits)
    {
        int batch = _samplers.Length;
        float[] values = logits.cpu().contiguous().data<float>().ToArray();
        int vocabulary = values.Length / batch;
        int[] chosen = new int[batch];
        for (int i = 0; i < batch; i++)
            chosen[i] = _samplers[i].Choose(values.AsSpan(i * vocabulary, vocabulary));
        Feed(tensor([.. chosen.Select(id => (long)id)], [batch, 1], device: _model.Device));
        return chosen;
    }

    private void Feed(Tensor next)
    {
        _pending.Dispose();
        _pending = next.DetachFromDisposeScope();
    }
}
