using Puzzle.Measurement;

namespace Puzzle.Search;

/// <summary>Choose one variant for every layer: the best summed score within the constraints (paper appendix B).</summary>
public sealed record SearchProblem
{
    /// <summary>Gets each layer's variants, layer 0 first. Their order breaks ties: see the solver.</summary>
    public required IReadOnlyList<IReadOnlyList<SearchVariant>> Layers { get; init; }

    /// <summary>Gets whether small or large scores are good; small by default.</summary>
    public ObjectiveDirection Direction { get; init; }

    /// <summary>Gets the costs outside the blocks (embeddings, head, final norm); 0 where a cost is not named.</summary>
    public IReadOnlyDictionary<CostName, double> FixedCosts { get; init; } = new Dictionary<CostName, double>();

    /// <summary>Gets the bounds on total costs.</summary>
    public IReadOnlyList<ResourceConstraint> Constraints { get; init; } = [];

    /// <summary>Gets what else narrows the search.</summary>
    public IReadOnlyList<SearchRestriction> Restrictions { get; init; } = [];

    /// <summary>Gets the architectures found before, from which the answer must differ.</summary>
    public IReadOnlyList<IReadOnlyList<LayerChoice>> PreviousArchitectures { get; init; } = [];

    /// <summary>Gets in how many layers the answer differs from each previous architecture; 1 by default.</summary>
    public int MinimumDistance { get; init; } = 1;

    /// <summary>Makes a choice by name.</summary>
    /// <param name="layer">The layer, 0-based.</param>
    /// <param name="variant">The variant's name.</param>
    /// <exception cref="ArgumentException">The layer has no such variant.</exception>
    public LayerChoice Choose(int layer, string variant)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, Layers.Count);
        for (int index = 0; index < Layers[layer].Count; index++)
        {
            if (Layers[layer][index].Name == variant)
                return new LayerChoice(layer, index, variant);
        }
        throw new ArgumentException($"Layer {layer} has no variant '{variant}'.", nameof(variant));
    }

    /// <summary>Gives the architecture that is the parent.</summary>
    /// <exception cref="InvalidOperationException">A layer has no variant marked as the parent's own.</exception>
    public IReadOnlyList<LayerChoice> ParentChoice()
    {
        var choices = new LayerChoice[Layers.Count];
        for (int layer = 0; layer < choices.Length; layer++)
        {
            SearchVariant parent = Layers[layer].FirstOrDefault(variant => variant.IsParent)
                ?? throw new InvalidOperationException($"Layer {layer} has no variant marked as the parent's own.");
            choices[layer] = Choose(layer, parent.Name);
        }
        return choices;
    }

    /// <summary>Adds scores in layer order.</summary>
    /// <param name="choices">The chosen variants.</param>
    public double ScoreOf(IEnumerable<LayerChoice> choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        double total = 0;
        foreach (LayerChoice choice in choices)
            total += Layers[choice.Layer][choice.VariantIndex].Score;
        return total;
    }

    /// <summary>Adds costs in layer order, the non-block part first. A cost that a chosen variant lacks is left out.</summary>
    /// <param name="choices">The chosen variants.</param>
    public IReadOnlyDictionary<CostName, double> TotalsOf(IReadOnlyList<LayerChoice> choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        var totals = new Dictionary<CostName, double>();
        foreach (CostName cost in Layers[0][0].Costs.Keys)
        {
            double total = FixedCosts.GetValueOrDefault(cost);
            bool known = true;
            foreach (LayerChoice choice in choices)
            {
                known &= Layers[choice.Layer][choice.VariantIndex].Costs.TryGetValue(cost, out double value);
                total += value;
            }
            if (known)
                totals[cost] = total;
        }
        return totals;
    }

    /// <summary>Asks for the least (or greatest) total of a cost instead of the best summed score, for example the least memory.</summary>
    /// <param name="cost">The cost.</param>
    /// <param name="direction">Least or greatest.</param>
    /// <exception cref="ArgumentException">A variant lacks the cost.</exception>
    public SearchProblem Optimizing(CostName cost, ObjectiveDirection direction) => this with
    {
        Direction = direction,
        Layers = [.. Layers.Select((variants, layer) => (IReadOnlyList<SearchVariant>)[.. variants.Select(variant => variant with
        {
            Score = variant.Costs.TryGetValue(cost, out double value)
                ? value
                : throw new ArgumentException($"Variant '{variant.Name}' at layer {layer} has no cost named '{cost}'."),
        })])],
    };

    /// <summary>Asks for the least total of a cost at a bounded summed score: the most throughput (least runtime) or least memory at a
    /// given quality.</summary>
    /// <param name="cost">The cost.</param>
    /// <param name="score">The worst summed score allowed.</param>
    /// <exception cref="ArgumentException">A variant lacks the cost.</exception>
    public SearchProblem CheapestWithin(CostName cost, double score)
    {
        // Scores become a cost that is not negative: how far each is from the best of its layer.
        double sign = Direction == ObjectiveDirection.Minimize ? 1 : -1;
        double[] best = BestScores(sign);
        SearchProblem cheapest = Optimizing(cost, ObjectiveDirection.Minimize);
        double lost = (sign * score) - best.Sum();
        double tolerance = Math.Abs(score) * ResourceConstraint.RelativeTolerance;
        return cheapest with
        {
            Constraints = [.. Constraints, new ResourceConstraint(CostName.ScoreLost, lost + tolerance)],
            Layers = [.. Layers.Select((variants, layer) => (IReadOnlyList<SearchVariant>)[.. variants.Select((variant, index) =>
                cheapest.Layers[layer][index] with
                {
                    Costs = new Dictionary<CostName, double>(variant.Costs) { [CostName.ScoreLost] = Math.Max(
                        0, (sign * variant.Score) - best.AsSpan(layer, variant.Span).ToArray().Sum()) },
                })])],
        };
    }

    /// <summary>Checks that the problem is well formed. Solvers call it.</summary>
    /// <exception cref="ArgumentException">Something is missing, not finite, negative, duplicate or contradictory.</exception>
    public void Validate() => SearchProblemValidation.Check(this);

    /// <summary>The best score of each layer; a variant of several layers counts evenly for each.</summary>
    private double[] BestScores(double sign)
    {
        var best = new double[Layers.Count];
        Array.Fill(best, double.PositiveInfinity);
        for (int layer = 0; layer < best.Length; layer++)
        {
            foreach (SearchVariant variant in Layers[layer])
            {
                for (int covered = layer; covered < layer + variant.Span; covered++)
                    best[covered] = Math.Min(best[covered], sign * variant.Score / variant.Span);
            }
        }
        return best;
    }
}
