using Puzzle.Measurement;

namespace Puzzle.Search.Solving;

/// <summary>Turns a search problem into a <see cref="ChoiceModel"/>: restrictions become fewer items, joined groups or rows.</summary>
internal sealed class ChoiceModelBuilder
{
    private readonly SearchProblem _problem;
    private readonly int[][] _groupLayers;
    private readonly List<int> _variant = [];
    private readonly int[] _groupStart;
    private readonly int[] _groupOf;

    private ChoiceModelBuilder(SearchProblem problem, CancellationToken cancellationToken)
    {
        _problem = problem;
        _groupLayers = GroupLayers(problem);
        _groupStart = new int[_groupLayers.Length + 1];
        for (int group = 0; group < _groupLayers.Length; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddItems(_groupLayers[group]);
            _groupStart[group + 1] = _variant.Count;
        }
        _groupOf = new int[_variant.Count];
        for (int group = 0; group < _groupLayers.Length; group++)
            Array.Fill(_groupOf, group, _groupStart[group], _groupStart[group + 1] - _groupStart[group]);
    }

    public static ChoiceModel Build(SearchProblem problem, CancellationToken cancellationToken = default)
    {
        SearchProblemValidation.Check(problem, cancellationToken);
        var builder = new ChoiceModelBuilder(problem, cancellationToken);
        double sign = problem.Direction == ObjectiveDirection.Minimize ? 1 : -1;
        return new ChoiceModel(problem, builder._groupLayers, builder._groupStart, [.. builder._variant])
        {
            Scores = builder.Sum((_, variant) => sign * variant.Score),
            Rows = [.. builder.ConstraintRows(), .. builder.DistanceRows(), .. builder.RestrictionRows()],
            DistinctLabels = builder.DistinctLabels(),
            IsMultipleChoice = problem.Layers.All(variants => variants.All(variant => variant.Span == 1)),
        };
    }

    private static int[][] GroupLayers(SearchProblem problem)
    {
        int[] leader = [.. Enumerable.Range(0, problem.Layers.Count)];
        foreach (TiedLayers tied in problem.Restrictions.OfType<TiedLayers>())
        {
            for (int layer = tied.First + 1; layer < tied.First + tied.Count; layer++)
            {
                int from = Math.Max(leader[layer], leader[layer - 1]);
                int to = Math.Min(leader[layer], leader[layer - 1]);
                for (int other = 0; other < leader.Length; other++)
                    leader[other] = leader[other] == from ? to : leader[other];
            }
        }
        return [.. Enumerable.Range(0, leader.Length).GroupBy(layer => leader[layer]).Select(group => group.ToArray())];
    }

    private void AddItems(int[] layers)
    {
        IReadOnlyList<SearchVariant> variants = _problem.Layers[layers[0]];
        for (int index = 0; index < variants.Count; index++)
        {
            string name = variants[index].Name;
            bool allowed = IsAllowed(layers[0], variants[index]);
            for (int i = 1; allowed && i < layers.Length; i++)
            {
                SearchVariant? tied = _problem.Layers[layers[i]].FirstOrDefault(variant => variant.Name == name);
                allowed = tied is not null && IsAllowed(layers[i], tied);
            }
            if (allowed)
                _variant.Add(index);
        }
    }

    private bool IsAllowed(int layer, SearchVariant variant)
    {
        foreach (SearchRestriction restriction in _problem.Restrictions)
        {
            bool allowed = restriction switch
            {
                AllowedVariants allowedVariants => allowedVariants.Allows(layer, variant),
                ProtectedLayers isProtected => variant.IsParent
                    || (layer >= isProtected.First && layer + variant.Span <= _problem.Layers.Count - isProtected.Last),
                _ => true,
            };
            if (!allowed)
                return false;
        }
        return true;
    }

    private double[] Sum(Func<int, SearchVariant, double> value)
    {
        var sums = new double[_variant.Count];
        for (int item = 0; item < sums.Length; item++)
        {
            int[] layers = _groupLayers[_groupOf[item]];
            SearchVariant first = _problem.Layers[layers[0]][_variant[item]];
            double sum = value(layers[0], first);
            for (int i = 1; i < layers.Length; i++)
                sum += value(layers[i], _problem.Layers[layers[i]].First(variant => variant.Name == first.Name));
            sums[item] = sum;
        }
        return sums;
    }

    private IEnumerable<ChoiceRow> ConstraintRows()
    {
        for (int i = 0; i < _problem.Constraints.Count; i++)
        {
            ResourceConstraint constraint = _problem.Constraints[i];
            CostName cost = constraint.Cost;
            double fixedCost = _problem.FixedCosts.GetValueOrDefault(cost);
            double[] costs = Sum((_, variant) => variant.Costs[cost]);
            if (!double.IsPositiveInfinity(constraint.Maximum))
                yield return new ChoiceRow(costs, constraint.LargestAccepted - fixedCost, i);
            if (constraint.Minimum > 0)
                yield return new ChoiceRow([.. costs.Select(value => -value)], fixedCost - constraint.SmallestAccepted, i, -1);
        }
    }

    private IEnumerable<ChoiceRow> DistanceRows()
    {
        if (_problem.MinimumDistance == 0)
            yield break;
        foreach (IReadOnlyList<LayerChoice> previous in _problem.PreviousArchitectures)
            yield return MatchRow(previous, _problem.Layers.Count - _problem.MinimumDistance, countsSpan: true);
    }

    private IEnumerable<ChoiceRow> RestrictionRows()
    {
        foreach (SearchRestriction restriction in _problem.Restrictions)
        {
            if (restriction is MaximumChangedLayers changed)
                yield return new ChoiceRow(Sum((_, variant) => variant.IsParent ? 0 : variant.Span), changed.Count, IsCounter: true);
            else if (restriction is ForbiddenCombination combination)
                yield return MatchRow(combination.Choices, combination.Choices.Count - 1, countsSpan: false);
        }
    }

    /// <summary>Bounds how many of some choices are made.</summary>
    private ChoiceRow MatchRow(IReadOnlyList<LayerChoice> choices, int limit, bool countsSpan)
    {
        var chosen = new SearchVariant?[_problem.Layers.Count];
        foreach (LayerChoice choice in choices)
            chosen[choice.Layer] = _problem.Layers[choice.Layer][choice.VariantIndex];
        double[] matches = Sum((layer, variant) => chosen[layer]?.Name != variant.Name ? 0 : countsSpan ? variant.Span : 1);
        return new ChoiceRow(matches, limit, IsCounter: true);
    }

    private (int[] Labels, int Count)? DistinctLabels()
    {
        MaximumDistinctFfns[] limits = [.. _problem.Restrictions.OfType<MaximumDistinctFfns>()];
        if (limits.Length == 0)
            return null;
        var numbers = new Dictionary<object, int>();
        var labels = new int[_variant.Count];
        for (int item = 0; item < labels.Length; item++)
        {
            int[] layers = _groupLayers[_groupOf[item]];
            SearchVariant first = _problem.Layers[layers[0]][_variant[item]];
            foreach (int layer in layers.Skip(1))
            {
                if (_problem.Layers[layer].First(variant => variant.Name == first.Name).Block?.Ffn != first.Block!.Ffn)
                    throw new ArgumentException($"Variant '{first.Name}' has different FFNs in tied layers {layers[0]} and {layer}.");
            }
            if (!numbers.TryGetValue(first.Block!.Ffn, out labels[item]))
                numbers.Add(first.Block.Ffn, labels[item] = numbers.Count);
        }
        return (labels, limits.Min(limit => limit.Count));
    }
}
