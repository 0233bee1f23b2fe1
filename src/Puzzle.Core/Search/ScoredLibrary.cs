using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Serving;

namespace Puzzle.Search;

/// <summary>All variants of all layers with their scores and costs, without weights: what a search needs, from whatever source.</summary>
/// <param name="Layers">Each layer's variants, layer 0 first.</param>
public sealed record ScoredLibrary(IReadOnlyList<IReadOnlyList<ScoredVariant>> Layers)
{
    /// <summary>Gets the costs outside the blocks; 0 where a cost is not named.</summary>
    public IReadOnlyDictionary<CostName, double> FixedCosts { get; init; } = new Dictionary<CostName, double>();

    /// <summary>Gets how the costs were measured, for readers, by keyword; empty when unknown.</summary>
    public IReadOnlyDictionary<string, string> Measurement { get; init; } = new Dictionary<string, string>();

    /// <summary>Keeps the variants that an engine loads beside the parent's other blocks, so that a search never ends in a child that
    /// cannot be served.</summary>
    /// <param name="parent">The shape of the parent that the library was made of.</param>
    /// <param name="engine">What will serve the child.</param>
    /// <exception cref="ArgumentException">The library has other layers than the parent, or a variant whose block is not known.</exception>
    /// <exception cref="NotSupportedException">The engine cannot load the parent itself, or no variant of a layer.</exception>
    public ScoredLibrary ServableBy(ModelConfig parent, ServingEngine engine)
    {
        ArgumentNullException.ThrowIfNull(parent);
        if (parent.Layers != Layers.Count)
            throw new ArgumentException($"The library has {Layers.Count} layers; the parent has {parent.Layers}.", nameof(parent));
        ServableSpace.RequireParent(parent, engine);
        return this with { Layers = [.. Layers.Select((variants, layer) => Servable(parent, layer, variants, engine))] };
    }

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

    private static ScoredVariant[] Servable(
        ModelConfig parent, int layer, IReadOnlyList<ScoredVariant> variants, ServingEngine engine)
    {
        string? dropped = null;
        ScoredVariant[] kept = [.. variants.Where(Loads)];
        return kept.Length > 0
            ? kept
            : throw new NotSupportedException($"{engine} loads no variant of layer {layer}: {dropped}.");

        bool Loads(ScoredVariant variant)
        {
            if (variant is not { Span: 1, Block: { } block })
                throw new ArgumentException(
                    $"What '{variant.Name}' at layer {layer} is made of is not known, nor whether {engine} loads it.", nameof(variants));
            string? problem = ServableSpace.ProblemWith(parent, layer, block, engine);
            dropped ??= problem;
            return problem is null;
        }
    }
}
