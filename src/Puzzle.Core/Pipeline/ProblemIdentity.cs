using Puzzle.Foundation;
using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>The hash of a search problem: every number that a solver may look at.</summary>
internal static class ProblemIdentity
{
    /// <summary>Computes it.</summary>
    public static string Of(SearchProblem problem) => Fingerprint.Of(
    [
        problem.Direction, problem.MinimumDistance, problem.Layers.Count, .. problem.Layers.SelectMany(Layer), .. Costs(problem.FixedCosts),
        problem.Constraints.Count, .. problem.Constraints.SelectMany(bound => new object[] { bound.Cost, bound.Maximum, bound.Minimum }),
        .. problem.Restrictions, problem.PreviousArchitectures.Count,
        .. problem.PreviousArchitectures.Select(previous => string.Join(';', previous)),
    ]);

    private static IEnumerable<object?> Layer(IReadOnlyList<SearchVariant> variants) =>
        [
            variants.Count,
            .. variants.SelectMany(
                variant => (object?[])[variant.Name, variant.Score, variant.IsParent, variant.Span, variant.Block, .. Costs(variant.Costs)])
        ];

    private static IEnumerable<object?> Costs(IReadOnlyDictionary<CostName, double> costs) =>
        [costs.Count, .. costs.SelectMany(cost => new object[] { cost.Key, cost.Value })];
}
