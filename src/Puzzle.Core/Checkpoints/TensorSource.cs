using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>A tensor to be written: what a header says of it, and how to make it when its turn comes.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Make">Called inside a dispose scope, which disposes the tensors made; one that existed before stays.</param>
internal sealed record TensorSource(string Name, ScalarType Type, long[] Shape, Func<Tensor> Make)
{
    /// <summary>Gets the length of its data in bytes.</summary>
    public long Length => Shape.Aggregate((long)TensorTypes.ElementBytes(Type), (product, size) => checked(product * size));
}
