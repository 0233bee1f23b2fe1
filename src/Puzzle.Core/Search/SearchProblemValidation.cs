using Puzzle.Measurement;

namespace Puzzle.Search;

/// <summary>What <see cref="SearchProblem.Validate"/> checks.</summary>
internal static class SearchProblemValidation
{
    public static void Check(SearchProblem problem, CancellationToken cancellationToken = default)
    {
        if (problem.Layers.Count == 0)
            throw new ArgumentException("A search problem has at least one layer.");
        CheckConstraints(problem);
        for (int layer = 0; layer < problem.Layers.Count; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CheckLayer(problem, layer);
        }
        foreach ((CostName cost, double value) in problem.FixedCosts)
            CheckCost(value, cost, "the non-block part");
        if (problem.MinimumDistance < 0)
            throw new ArgumentException($"The minimum distance must not be negative; got {problem.MinimumDistance}.");
        foreach (IReadOnlyList<LayerChoice> previous in problem.PreviousArchitectures)
            CheckChoices(problem, previous, "A previous architecture");
        foreach (SearchRestriction restriction in problem.Restrictions)
            CheckRestriction(problem, restriction);
    }

    private static void CheckConstraints(SearchProblem problem)
    {
        foreach (ResourceConstraint constraint in problem.Constraints)
        {
            if (double.IsNaN(constraint.Maximum)
                || double.IsNaN(constraint.Minimum)
                || double.IsInfinity(constraint.Minimum)
                || double.IsNegativeInfinity(constraint.Maximum))
                throw new ArgumentException(FormattableString.Invariant(
                    $"The bounds on {constraint.Cost} must be numbers; got {constraint.Minimum}..{constraint.Maximum}."));
            if (constraint.Minimum > 0 && constraint.Minimum > constraint.Maximum)
                throw new ArgumentException(
                    $"The bounds on {constraint.Cost} contradict each other: "
                    + FormattableString.Invariant($"at least {constraint.Minimum}, at most {constraint.Maximum}."));
        }
    }

    private static void CheckLayer(SearchProblem problem, int layer)
    {
        IReadOnlyList<SearchVariant> variants = problem.Layers[layer];
        if (variants.Count == 0)
            throw new ArgumentException($"Layer {layer} has no variants.");
        bool namesAreKnown = layer > 0 && HasSameNames(variants, problem.Layers[layer - 1]);
        HashSet<string> names = namesAreKnown ? [] : new HashSet<string>(variants.Count);
        foreach (SearchVariant variant in variants)
        {
            if (string.IsNullOrEmpty(variant.Name))
                throw new ArgumentException($"A variant at layer {layer} has no name.");
            if (!namesAreKnown && !names.Add(variant.Name))
                throw new ArgumentException($"Layer {layer} has two variants named '{variant.Name}'.");
            CheckVariant(problem, variant, layer);
        }
    }

    private static void CheckVariant(SearchProblem problem, SearchVariant variant, int layer)
    {
        if (!double.IsFinite(variant.Score))
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"The score of variant '{variant.Name}' at layer {layer} must be a finite number; got {variant.Score}."));
        int left = problem.Layers.Count - layer;
        if (variant.Span < 1 || variant.Span > left)
            throw new ArgumentException($"Variant '{variant.Name}' at layer {layer} stands for {variant.Span} layers; {left} are left.");
        CheckCosts(variant, layer);
        foreach (ResourceConstraint constraint in problem.Constraints)
        {
            if (!variant.Costs.ContainsKey(constraint.Cost))
                throw new ArgumentException(
                    $"Variant '{variant.Name}' at layer {layer} has no cost named '{constraint.Cost}', which a constraint bounds.");
        }
    }

    private static bool HasSameNames(IReadOnlyList<SearchVariant> variants, IReadOnlyList<SearchVariant> checkedBefore)
    {
        if (variants.Count != checkedBefore.Count)
            return false;
        for (int i = 0; i < variants.Count; i++)
        {
            if (variants[i].Name != checkedBefore[i].Name)
                return false;
        }
        return true;
    }

    private static void CheckCosts(SearchVariant variant, int layer)
    {
        // The usual kind of dictionary is read without an allocation: large libraries are checked before every search.
        if (variant.Costs is Dictionary<CostName, double> costs)
        {
            foreach ((CostName cost, double value) in costs)
            {
                if (!(value >= 0 && value <= double.MaxValue))
                    CheckCost(value, cost, $"variant '{variant.Name}' at layer {layer}");
            }
            return;
        }
        foreach ((CostName cost, double value) in variant.Costs)
            CheckCost(value, cost, $"variant '{variant.Name}' at layer {layer}");
    }

    private static void CheckCost(double value, CostName cost, string owner)
    {
        if (!double.IsFinite(value) || value < 0)
            throw new ArgumentException(
                FormattableString.Invariant($"The cost {cost} of {owner} must be a finite number and not negative; got {value}."));
    }

    private static void CheckChoices(SearchProblem problem, IReadOnlyList<LayerChoice> choices, string what)
    {
        int previousLayer = -1;
        foreach (LayerChoice choice in choices)
        {
            if (choice.Layer <= previousLayer || choice.Layer >= problem.Layers.Count)
                throw new ArgumentException(
                    $"{what} names layer {choice.Layer} out of order or range; there are {problem.Layers.Count} layers.");
            if (choice.VariantIndex < 0 || choice.VariantIndex >= problem.Layers[choice.Layer].Count)
                throw new ArgumentException(
                    $"{what} names variant {choice.VariantIndex} of layer {choice.Layer}, which has {problem.Layers[choice.Layer].Count}.");
            previousLayer = choice.Layer;
        }
    }

    private static void CheckRestriction(SearchProblem problem, SearchRestriction restriction)
    {
        int layers = problem.Layers.Count;
        switch (restriction)
        {
            case ProtectedLayers { First: < 0 } or ProtectedLayers { Last: < 0 }:
                throw new ArgumentException("The number of protected layers must not be negative.");
            case TiedLayers tied when tied.First < 0 || tied.Count < 1 || tied.First > layers - tied.Count:
                throw new ArgumentException($"A tied run of {tied.Count} layers from layer {tied.First} does not fit {layers} layers.");
            case TiedLayers when problem.Layers.Any(variants => variants.Any(variant => variant.Span > 1)):
                throw new ArgumentException("Tied layers cannot be combined with variants that stand for several layers.");
            case MaximumDistinctFfns { Count: < 1 }:
                throw new ArgumentException("At least one FFN must be allowed.");
            case MaximumDistinctFfns when problem.Layers.Any(variants => variants.Any(variant => variant.Block is null)):
                throw new ArgumentException("A limit on different FFNs needs the block of every variant.");
            case MaximumChangedLayers { Count: < 0 }:
                throw new ArgumentException("The number of changed layers must not be negative.");
            case ForbiddenCombination { Choices.Count: 0 }:
                throw new ArgumentException("A forbidden combination names at least one choice.");
            case ForbiddenCombination combination:
                CheckChoices(problem, combination.Choices, "A forbidden combination");
                break;
        }
    }
}
