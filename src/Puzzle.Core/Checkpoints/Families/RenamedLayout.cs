using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Families;

/// <summary>A weight that is stored as it is, under another name.</summary>
/// <param name="Name">The weight.</param>
/// <param name="StoredName">Its name in the file.</param>
internal sealed record RenamedLayout(string Name, string StoredName) : WeightLayout
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Names => [Name];

    /// <inheritdoc/>
    public override StoredWeight Locate(string name, IReadOnlyList<WeightShape> shapes, Func<string, bool> isStored) =>
        new(shapes[0], [new StoredPart(new WeightShape(StoredName, [.. shapes[0].Shape]))]);

    /// <inheritdoc/>
    public override IEnumerable<StoredTensor> Store(IReadOnlyList<WeightShape> shapes) =>
        [new StoredTensor(new WeightShape(StoredName, [.. shapes[0].Shape]), [Name], weights => weights[0])];
}
