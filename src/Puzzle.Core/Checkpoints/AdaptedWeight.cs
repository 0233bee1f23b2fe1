using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>A weight of an adapted model and where it comes from.</summary>
/// <param name="Layer">The layer as exported; null outside layers.</param>
/// <param name="LocalName">The name within the layer, or the whole name outside layers.</param>
/// <param name="Exported">The whole name and the shape as exported.</param>
/// <param name="Source">The whole name and the shape in the source; null if the weight was added.</param>
internal sealed record AdaptedWeight(int? Layer, string LocalName, WeightShape Exported, WeightShape? Source)
{
    /// <summary>Makes the weight in an element type, on the CPU, contiguous and finite. Call inside a dispose scope.</summary>
    /// <param name="weights">Gives the source's weights.</param>
    /// <param name="type">The element type.</param>
    /// <param name="entry">Which entry of the first dimension to make; null for all. Only weights that were not changed have
    /// entries.</param>
    /// <exception cref="ArgumentException">The source gave another shape, or a value that is not finite once converted.</exception>
    public Tensor Make(WeightSource weights, ScalarType type, int? entry = null)
    {
        long[] shape = [.. entry is null ? Exported.Shape : Exported.Shape.Skip(1)];
        // An added norm scales by one; every added matrix is zero, and so is what the subblock adds.
        if (Source is null)
            return shape.Length == 1 ? ones(shape, type) : zeros(shape, type);

        Tensor tensor = weights(Source.Name);
        if (!tensor.shape.AsSpan().SequenceEqual([.. Source.Shape]))
            throw new ArgumentException(
                $"Weight '{Source.Name}' has shape [{string.Join(", ", tensor.shape)}]; expected [{string.Join(", ", Source.Shape)}].",
                nameof(weights));
        if (entry is { } index)
            tensor = tensor.select(0, index);
        Tensor stored = tensor.to(type).cpu().contiguous();
        if (!IsFinite(stored, type))
            throw new ArgumentException($"Weight '{Source.Name}' holds infinities or NaNs as {type}.", nameof(weights));
        if (shape.AsSpan().SequenceEqual(stored.shape))
            return stored;
        Tensor padded = zeros(shape, type);
        Tensor part = padded;
        for (int dimension = 0; dimension < shape.Length; dimension++)
            part = part.narrow(dimension, 0, stored.shape[dimension]);
        part.copy_(stored);
        return padded;
    }

    private static bool IsFinite(Tensor stored, ScalarType type)
    {
        foreach ((Tensor part, _) in TensorBytes.Parts(stored))
        {
            if (NonFinite.IndexOf(part.bytes, type) >= 0)
                return false;
            GC.KeepAlive(part);
        }
        return true;
    }
}
