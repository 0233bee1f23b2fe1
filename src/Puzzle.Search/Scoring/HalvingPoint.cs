using Puzzle.Library;

namespace Puzzle.Search.Scoring;

/// <summary>A candidate among its layer's: what it costs, and how it did so far.</summary>
/// <param name="Block">The candidate.</param>
/// <param name="Costs">The costs that targets bound.</param>
/// <param name="Score">Its score on the windows so far.</param>
/// <param name="Harm">The objective on each of them, so that small is good.</param>
internal sealed record HalvingPoint(BlockVariant Block, IReadOnlyList<double> Costs, BlockScore Score, double[] Harm)
{
    /// <summary>Gets the mean harm.</summary>
    public double Mean { get; } = Harm.Average();
}
