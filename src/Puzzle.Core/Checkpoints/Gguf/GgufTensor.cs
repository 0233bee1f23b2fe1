using static TorchSharp.torch;

namespace Puzzle.Checkpoints.Gguf;

/// <summary>A tensor to be written, made when its turn comes.</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Type">How it is stored.</param>
/// <param name="Shape">The sizes of its dimensions; [out, in] for a matrix.</param>
/// <param name="Make">Makes it in an element type, contiguous on the CPU. Called inside a dispose scope.</param>
internal sealed record GgufTensor(string Name, GgufTensorType Type, IReadOnlyList<long> Shape, Func<ScalarType, Tensor> Make)
{
    /// <summary>Gets the length of its data in bytes, before alignment.</summary>
    public long Length
    {
        get
        {
            long count = Shape.Aggregate(1L, (product, size) => checked(product * size));
            return checked(Type switch
            {
                GgufTensorType.F32 => count * 4,
                GgufTensorType.F16 => count * 2,
                _ => count / Q8Blocks.BlockLength * Q8Blocks.BlockBytes,
            });
        }
    }
}
