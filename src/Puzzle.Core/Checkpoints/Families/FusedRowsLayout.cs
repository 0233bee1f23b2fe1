using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints.Families;

/// <summary>Matrices that are stored as one, the rows of each after the other's.</summary>
/// <param name="StoredName">The name of the one.</param>
/// <param name="Parts">The weights, in the order of their rows.</param>
internal sealed record FusedRowsLayout(string StoredName, IReadOnlyList<string> Parts) : WeightLayout
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Names => Parts;

    /// <inheritdoc/>
    public override StoredWeight Locate(string name, IReadOnlyList<WeightShape> shapes, Func<string, bool> isStored)
    {
        int index = shapes.ToList().FindIndex(shape => shape.Name == name);
        long first = shapes.Take(index).Sum(shape => shape.Shape[0]);
        return new StoredWeight(shapes[index], [new StoredPart(Fused(shapes), first, shapes[index].Shape[0])]);
    }

    /// <inheritdoc/>
    public override IEnumerable<StoredTensor> Store(IReadOnlyList<WeightShape> shapes) =>
        [new StoredTensor(Fused(shapes), Parts, weights => cat([.. weights], 0))];

    private WeightShape Fused(IReadOnlyList<WeightShape> shapes) =>
        new(StoredName, [shapes.Sum(shape => shape.Shape[0]), .. shapes[0].Shape.Skip(1)]);
}
