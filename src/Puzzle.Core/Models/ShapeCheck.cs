using static TorchSharp.torch;

namespace Puzzle.Models;

/// <summary>Exact shape checks: torch's own loaders broadcast silently.</summary>
internal static class ShapeCheck
{
    public static void Require(string name, Tensor weight, ReadOnlySpan<long> shape)
    {
        if (!weight.shape.AsSpan().SequenceEqual(shape))
            throw new ArgumentException(
                $"Weight '{name}' has shape [{string.Join(", ", weight.shape)}]; expected [{string.Join(", ", shape.ToArray())}].");
    }
}
