using Puzzle.Architectures;
using Puzzle.Distillation.Training;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Blockwise;

/// <summary>What the passes of a unit compute with where that is not its 32-bit weights: copies of them, and their gradients.</summary>
internal sealed class ComputedBlock : IDisposable
{
    private readonly WeightCopy _copy;

    /// <param name="block">The block that is trained; not disposed.</param>
    /// <param name="config">The parent's shape.</param>
    /// <param name="type">The type of the copies.</param>
    /// <param name="optimizer">What updates the block's weights.</param>
    public ComputedBlock(TrainedBlock block, ModelConfig config, ScalarType type, AdamW optimizer)
    {
        Block = block.In(config, type);
        Tensor[] copies = [.. Block.Parameters];
        _copy = new WeightCopy([.. block.Parameters], copies, optimizer);
        Gradients = new FlatGradients(copies);
    }

    /// <summary>Gets the block to compute with.</summary>
    public TrainedBlock Block { get; }

    /// <summary>Gets the gradients of its weights, in its type.</summary>
    public FlatGradients Gradients { get; }

    /// <summary>Gives the copies the values that the weights have now; gradients are zero.</summary>
    public void Refresh()
    {
        Gradients.Clear();
        _copy.Refresh();
    }

    public void Dispose()
    {
        Gradients.Dispose();
        _copy.Dispose();
        Block.Dispose();
    }
}
