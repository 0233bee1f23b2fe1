using Puzzle.Models;
using Puzzle.Native;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>
/// The parent's residual stream at one layer for every batch of text: before the layer, between its subblocks and after
/// it. One parent forward, a layer at a time, feeds every variant of every layer; two boundaries are alive at once.
/// </summary>
internal sealed class LayerActivations : IDisposable
{
    private readonly TransformerBlock _block;
    private readonly RotaryTable _rotary;
    private readonly int _workers;

    private LayerActivations(TransformerBlock block, RotaryTable rotary, Tensor[] inputs, int workers)
    {
        (_block, _rotary, _workers) = (block, rotary, workers);
        Inputs = inputs;
        AfterAttention = Map(inputs, input => block.Attention.Forward(input, rotary));
        Outputs = Map(AfterAttention, hidden => block.Ffn.Forward(hidden, rotary));
    }

    /// <summary>Gets the stream before the layer, [B, T, D] per batch.</summary>
    public Tensor[] Inputs { get; }

    /// <summary>Gets the stream between attention and FFN.</summary>
    public Tensor[] AfterAttention { get; }

    /// <summary>Gets the stream after the layer.</summary>
    public Tensor[] Outputs { get; }

    /// <summary>Runs a parent layer over its inputs, which it owns from here on.</summary>
    public static LayerActivations Compute(TransformerBlock block, RotaryTable rotary, Tensor[] inputs, int workers) =>
        new(block, rotary, inputs, workers);

    /// <summary>Embeds batches of token ids: the inputs of layer 0.</summary>
    public static Tensor[] Embed(CausalLanguageModel parent, IReadOnlyList<Tensor> batches)
    {
        using var noGradients = no_grad();
        return [.. batches.Select(ids =>
        {
            using var scope = NewDisposeScope();
            return parent.Embed(ids).DetachFromDisposeScope();
        })];
    }

    /// <summary>Disposes all but the outputs and gives those: the next layer's inputs.</summary>
    public Tensor[] TakeOutputs()
    {
        DisposeAll(Inputs, Outputs);
        DisposeAll(AfterAttention, Outputs);
        return Outputs;
    }

    public void Dispose()
    {
        DisposeAll(Inputs, []);
        DisposeAll(AfterAttention, []);
        DisposeAll(Outputs, []);
    }

    // A no-op subblock gives its input back; an alias of its own keeps ownership simple.
    private Tensor[] Map(Tensor[] from, Func<Tensor, Tensor> forward)
    {
        var to = new Tensor[from.Length];
        TorchWorkers.ForEach(_workers, [.. Enumerable.Range(0, from.Length)], batch =>
        {
            using var noGradients = no_grad();
            Tensor result = forward(from[batch]);
            to[batch] = (ReferenceEquals(result, from[batch]) ? result.detach() : result).DetachFromDisposeScope();
        }, CancellationToken.None);
        return to;
    }

    private static void DisposeAll(Tensor[] tensors, Tensor[] except)
    {
        if (ReferenceEquals(tensors, except))
            return;
        foreach (Tensor tensor in tensors)
            tensor.Dispose();
    }
}
