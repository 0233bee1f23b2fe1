using Puzzle.Architectures;
using static TorchSharp.torch;

namespace Puzzle.Checkpoints.Families;

/// <summary>
/// Weights of all experts that are stored as one tensor whose last dimension is the output's and takes turns between them:
/// matrices [E, out, in] as [E, in, k x out], vectors [E, out] as [E, k x out]. Matrices may also be packed as MXFP4.
/// </summary>
/// <param name="StoredName">The name of the one.</param>
/// <param name="Parts">The k weights, in the order of their turns.</param>
internal sealed record InterleavedExpertsLayout(string StoredName, IReadOnlyList<string> Parts) : WeightLayout
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Names => Parts;

    /// <inheritdoc/>
    public override StoredWeight Locate(string name, IReadOnlyList<WeightShape> shapes, Func<string, bool> isStored)
    {
        int index = shapes.ToList().FindIndex(shape => shape.Name == name);
        WeightShape weight = shapes[index];
        if (weight.Shape.Count == 3 && isStored(StoredName + Mxfp4.BlocksSuffix))
            return new StoredWeight(
                weight, Mxfp4.Parts(StoredName, weight.Shape[0], Parts.Count * weight.Shape[1], weight.Shape[2]),
                parts => Turn(Mxfp4.Unpack(parts[0], parts[1]), dimension: 1, index));
        return new StoredWeight(weight, [new StoredPart(Fused(shapes))], parts =>
        {
            Tensor turn = Turn(parts[0], (int)parts[0].dim() - 1, index);
            return weight.Shape.Count == 3 ? turn.transpose(1, 2) : turn;
        });
    }

    /// <inheritdoc/>
    public override IEnumerable<StoredTensor> Store(IReadOnlyList<WeightShape> shapes) =>
        [new StoredTensor(Fused(shapes), Parts, weights =>
            stack(weights.Select(weight => weight.dim() == 3 ? weight.transpose(1, 2) : weight), -1).reshape([.. Fused(shapes).Shape]))];

    // Every k-th slice of a dimension, from the index-th on.
    private Tensor Turn(Tensor all, int dimension, int index) =>
        Parts.Count == 1 ? all : all.slice(dimension, index, all.size(dimension), Parts.Count);

    private WeightShape Fused(IReadOnlyList<WeightShape> shapes)
    {
        IReadOnlyList<long> shape = shapes[0].Shape;
        long outputs = Parts.Count * shape[1];
        return shape.Count == 3 ? new WeightShape(StoredName, shape[0], shape[2], outputs) : new WeightShape(StoredName, shape[0], outputs);
    }
}
