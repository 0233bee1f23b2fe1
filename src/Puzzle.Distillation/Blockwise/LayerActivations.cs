using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>
/// The parent's residual stream at one layer for every batch of text: before the layer, between its subblocks and after
/// it. One parent forward, a layer at a time, feeds every variant of every layer; only one layer's streams are alive.
/// </summary>
internal sealed class LayerActivations : IDisposable
{
    private readonly int _workers;

    /// <summary>Embeds batches of token ids; <see cref="Enter"/> layer 0 next.</summary>
    /// <param name="parent">The parent.</param>
    /// <param name="batches">Token ids, [B, T] each, all of one T.</param>
    /// <param name="workers">Batches computed side by side.</param>
    public LayerActivations(CausalLanguageModel parent, IReadOnlyList<Tensor> batches, int workers)
    {
        _workers = workers;
        Rotary = parent.Rotary.At(0, (int)batches[0].size(1));
        Fill(Outputs = new Tensor[batches.Count], [.. batches], parent.Embed);
    }

    /// <summary>Gets the rotary table of the windows.</summary>
    public RotaryTable Rotary { get; }

    /// <summary>Gets the stream before the layer, [B, T, D] per batch.</summary>
    public Tensor[] Inputs { get; private set; } = [];

    /// <summary>Gets the stream between attention and FFN.</summary>
    public Tensor[] AfterAttention { get; private set; } = [];

    /// <summary>Gets the stream after the layer.</summary>
    public Tensor[] Outputs { get; private set; }

    /// <summary>Runs the parent's next layer; the last one's outputs become the inputs.</summary>
    public void Enter(TransformerBlock block)
    {
        DisposeAll(Inputs);
        DisposeAll(AfterAttention);
        (Inputs, AfterAttention, Outputs) = (Outputs, new Tensor[Outputs.Length], new Tensor[Outputs.Length]);
        Fill(AfterAttention, Inputs, input => block.Attention.Forward(input, Rotary));
        Fill(Outputs, AfterAttention, hidden => block.Ffn.Forward(hidden, Rotary));
    }

    public void Dispose()
    {
        DisposeAll(Inputs);
        DisposeAll(AfterAttention);
        DisposeAll(Outputs);
        Rotary.Cosine.Dispose();
        Rotary.SignedSine.Dispose();
    }

    // A no-op subblock gives its input back; an alias of its own keeps ownership simple.
    private void Fill(Tensor[] to, Tensor[] from, Func<Tensor, Tensor> forward) =>
        TorchWorkers.ForEach(_workers, [.. Enumerable.Range(0, from.Length)], batch =>
        {
            using var noGradients = no_grad();
            Tensor result = forward(from[batch]);
            to[batch] = (ReferenceEquals(result, from[batch]) ? result.alias() : result).DetachFromDisposeScope();
        }, CancellationToken.None);

    // Entries are missing where a layer was left by an exception.
    private static void DisposeAll(Tensor?[] tensors)
    {
        foreach (Tensor? tensor in tensors)
            tensor?.Dispose();
    }
}
