using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>A layer of the parent while it is distilled: computed in 32-bit floats, in copies of the weights where the parent is kept in
/// fewer bits.</summary>
internal sealed class BlockIn32Bits : IDisposable
{
    private readonly BlockLease _lease;
    private readonly TransformerBlock? _copy;

    /// <param name="parent">The parent.</param>
    /// <param name="layer">The layer to borrow.</param>
    public BlockIn32Bits(CausalLanguageModel parent, int layer)
    {
        _lease = parent.Borrow(layer);
        if (parent.ElementType == ScalarType.Float32)
            return;
        using var scope = NewDisposeScope();
        var weights = _lease.Block.Weights.ToDictionary(weight => weight.Key, weight => weight.Value, StringComparer.Ordinal);
        _copy = TransformerBlock.Create(parent.Config, _lease.Block.Config, name => weights[name].detach().to(ScalarType.Float32));
    }

    /// <summary>Gets the layer.</summary>
    public TransformerBlock Block => _copy ?? _lease.Block;

    public void Dispose()
    {
        _copy?.Dispose();
        _lease.Dispose();
    }
}
