using Puzzle.Architectures;
using Puzzle.Measurement;

namespace Puzzle.Search;

/// <summary>A variant with every score and cost recorded for it.</summary>
/// <param name="Name">Its name, unique in its layer.</param>
/// <param name="Metrics">Its scores by metric name, for example <c>kl_div</c>.</param>
/// <param name="Costs">Its costs.</param>
public sealed record ScoredVariant(
    string Name,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyDictionary<CostName, double> Costs)
{
    /// <summary>Gets a value indicating whether this is the parent's own block.</summary>
    public bool IsParent { get; init; }

    /// <summary>Gets the number of layers this variant stands for; 1 by default.</summary>
    public int Span { get; init; } = 1;

    /// <summary>Gets the block, when it is known.</summary>
    public BlockConfig? Block { get; init; }

    /// <summary>Gets each metric's value on every sample, where the scorer recorded them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Samples { get; init; } = new Dictionary<string, IReadOnlyList<double>>();
}
