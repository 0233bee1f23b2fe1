using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>Weights moved into one buffer, where an operator reaches all of them at once.</summary>
internal sealed class FlatWeights : IDisposable
{
    /// <summary>Moves weights; they are views of the buffer from here on, which lives as long as they or this.</summary>
    /// <param name="weights">Contiguous tensors of one type and device that nothing else shares memory with.</param>
    public FlatWeights(IReadOnlyList<Tensor> weights)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        Tensor buffer = empty(weights.Sum(weight => weight.numel()), weights[0].dtype, weights[0].device);
        long offset = 0;
        foreach (Tensor weight in weights)
        {
            Tensor view = buffer.narrow(0, offset, weight.numel()).view(weight.shape);
            view.copy_(weight);
            weight.set_(view);
            offset += weight.numel();
        }
        Buffer = buffer.DetachFromDisposeScope();
    }

    /// <summary>Gets all weights, [total], in their order.</summary>
    public Tensor Buffer { get; }

    public void Dispose() => Buffer.Dispose();
}
