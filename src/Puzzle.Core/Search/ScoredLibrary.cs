using Puzzle.Measurement;

namespace Puzzle.Search;

/// <summary>All variants of all layers with their scores and costs, without weights: what a search needs, from whatever source.</summary>
/// <param name="Layers">Each layer's variants, layer 0 first.</param>
public sealed record ScoredLibrary(IReadOnlyList<IReadOnlyList<ScoredVariant>> Layers)
{
    /// <summary>Gets the costs outside the blocks; 0 where a cost is not named.</summary>
    public IReadOnlyDictionary<CostName, double> FixedCosts { get; init; } = new Dictionary<CostName, double>();

    /// <summary>Gets how the costs were measured, for readers, by keyword; empty when unknown.</summary>
    public IReadOnlyDictionary<string, string> Measurement { get; init; } = new Dictionary<string, string>();

    /// <summary>Makes a problem of an objective: the weighted sum of recorded metrics, in its direction.</summary>
    /// <param name="objective">One metric, or several.</param>
    /// <exception cref="ArgumentException">A variant lacks a metric.</exception>
    public SearchProblem ToProblem(ScoreObjective objective)
    {
        ArgumentNullException.ThrowIfNull(objective);
        return ToProblem(objective.SignedWeights, objective.Direction);
    }

    /// <summary>Makes a problem of one recorded metric.</summary>
    /// <param name="metric">The metric's name, for example <c>kl_div</c>.</param>
    /// <param name="direction">Whether small or large values are good.</param>
    /// <exception cref="ArgumentException">A variant lacks the metric.</exception>
    public SearchProblem ToProblem(string metric, ObjectiveDirection direction = ObjectiveDirection.Minimize)
        => ToProblem(new Dictionary<string, double> { [metric] = 1 }, direction);

    /// <summary>Makes a problem of a weighted sum of recorded metrics.</summary>
    /// <param name="weights">The weight of each metric; negative for one whose direction is opposite.</param>
    /// <param name="direction">Whether small or large sums are good.</param>
    /// <exception cref="ArgumentException">There is no weight, or a variant lacks a metric.</exception>
    public SearchProblem ToProblem(IReadOnlyDictionary<string, double> weights, ObjectiveDirection direction = ObjectiveDirection.Minimize)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Count == 0)
            throw new ArgumentException("At least one metric is needed.", nameof(weights));
        return new SearchProblem
        {
            Direction = direction,
            FixedCosts = FixedCosts,
            Layers = [.. Layers.Select((variants, layer) => (IReadOnlyList<SearchVariant>)[.. variants.Select(variant =>
                new SearchVariant(variant.Name, Score(variant, layer, weights), variant.Costs)
                {
                    IsParent = variant.IsParent,
                    Span = variant.Span,
                    Block = variant.Block,
                })])],
        };
    }

    private static double Score(ScoredVariant variant, int layer, IReadOnlyDictionary<string, double> weights)
    {
        double score = 0;
        foreach ((string metric, double weight) in weights)
        {
            if (!variant.Metrics.TryGetValue(metric, out double value))
                throw new ArgumentException($"Variant '{variant.Name}' at layer {layer} has no metric '{metric}'; it has " +
                    $"{string.Join(", ", variant.Metrics.Keys)}.");
            score += weight * value;
        }
        return score;
    }
}
