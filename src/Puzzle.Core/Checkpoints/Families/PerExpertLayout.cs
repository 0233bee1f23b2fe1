using System.Globalization;
using Puzzle.Architectures;

namespace Puzzle.Checkpoints.Families;

/// <summary>A weight of all experts, [E, ...], that is stored expert by expert.</summary>
/// <param name="Name">The weight.</param>
/// <param name="Prefix">What the stored names start with, before the expert's number.</param>
/// <param name="Suffix">What they end with, after it.</param>
internal sealed record PerExpertLayout(string Name, string Prefix, string Suffix) : WeightLayout
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Names => [Name];

    /// <summary>Gives the layouts of a router and of experts without biases.</summary>
    public static IReadOnlyList<WeightLayout> All(string router, string experts, string gate, string up, string down) =>
    [
        new RenamedLayout(WeightNames.Router, router),
        new PerExpertLayout(WeightNames.ExpertGate, $"{experts}.", $".{gate}.weight"),
        new PerExpertLayout(WeightNames.ExpertUp, $"{experts}.", $".{up}.weight"),
        new PerExpertLayout(WeightNames.ExpertDown, $"{experts}.", $".{down}.weight"),
    ];

    /// <inheritdoc/>
    public override StoredWeight Locate(string name, IReadOnlyList<WeightShape> shapes, Func<string, bool> isStored) =>
        new(shapes[0], [.. Experts(shapes[0]).Select(shape => new StoredPart(shape))]);

    /// <inheritdoc/>
    public override IEnumerable<StoredTensor> Store(IReadOnlyList<WeightShape> shapes) =>
        Experts(shapes[0]).Select((shape, expert) => new StoredTensor(shape, [Name], weights => weights[0], expert));

    private IEnumerable<WeightShape> Experts(WeightShape all) =>
        Enumerable.Range(0, (int)all.Shape[0]).Select(expert =>
            new WeightShape(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{expert}{Suffix}"), [.. all.Shape.Skip(1)]));
}
