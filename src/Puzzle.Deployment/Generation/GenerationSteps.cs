using Puzzle.Models;

namespace Puzzle.Deployment.Generation;

/// <summary>Makes the next token of every sequence of a batch, step by step.</summary>
internal sealed class GenerationSteps : IDisposable
{
    private readonly OnnxSequences _sequences;
    private readonly IReadOnlyList<int[]> _prompts;
    private readonly TokenSampler[] _samplers;
    private int[]? _pending;

    /// <summary>Allocates the cache; nothing is computed yet.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="prompts">The prompts, of any lengths.</param>
    /// <param name="options">How to choose, and the most tokens to make.</param>
    public GenerationSteps(OnnxDecoder decoder, IReadOnlyList<int[]> prompts, GenerationOptions options)
    {
        _prompts = prompts;
        _samplers = [.. prompts.Select((_, sequence) => new TokenSampler(options, sequence))];
        // The last token made is never fed.
        _sequences = new OnnxSequences(
            decoder, prompts.Count, prompts.Max(prompt => prompt.Length) + Math.Max(0, options.MaxNewTokens - 1));
    }

    /// <summary>Gets the number of tokens made for each sequence.</summary>
    public int Made { get; private set; }

    /// <summary>Makes the next token of every sequence.</summary>
    public int[] Next()
    {
        float[] logits = _pending is null ? _sequences.Start(_prompts) : _sequences.Next(_pending);
        Made++;
        return _pending = [.. _samplers.Select((sampler, sequence) => sampler.Choose(_sequences.Last(logits, sequence)))];
    }

    /// <inheritdoc/>
    public void Dispose() => _sequences.Dispose();
}
