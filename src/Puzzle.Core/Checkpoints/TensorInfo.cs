using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>What a safetensors header says about one tensor.</summary>
/// <param name="type">The element type.</param>
/// <param name="shape">The sizes of its dimensions.</param>
/// <param name="offset">Where its data starts.</param>
/// <param name="length">The length of its data.</param>
internal sealed class TensorInfo(ScalarType type, ImmutableArray<long> shape, long offset, long length)
{
    /// <summary>Gets the element type.</summary>
    public ScalarType Type { get; } = type;

    /// <summary>Gets the sizes of its dimensions; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; } = shape;

    /// <summary>Gets where its data starts, in bytes from the start of the file.</summary>
    public long Offset { get; } = offset;

    /// <summary>Gets the length of its data in bytes.</summary>
    public long Length { get; } = length;

    /// <summary>Gets the number of elements.</summary>
    public long ElementCount => Length / TensorTypes.ElementBytes(Type);

    /// <summary>Gives the place of some rows.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">The number of rows.</param>
    internal TensorInfo Rows(long first, long count) =>
        new(Type, [count, .. Shape.Skip(1)], Offset + (first * (Length / Shape[0])), count * (Length / Shape[0]));
}
