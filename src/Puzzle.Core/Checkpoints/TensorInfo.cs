using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>What a safetensors header says about one tensor.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The sizes of its dimensions; empty for a scalar.</param>
/// <param name="Offset">Where its data starts, in bytes from the start of the file.</param>
/// <param name="Length">The length of its data in bytes.</param>
public sealed record TensorInfo(ScalarType Type, ImmutableArray<long> Shape, long Offset, long Length)
{
    /// <summary>Gets the number of elements.</summary>
    public long ElementCount => Length / TensorTypes.ElementBytes(Type);
}
