namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Solves a model that allows only some number of different labels: each set of labels is bounded, and those are solved whose bound is
/// best.
/// </summary>
internal static class DistinctLabelSearch
{
    public static SearchOutcome Solve(ChoiceModel model, SearchLimits limits)
    {
        if (model.DistinctLabels is not { } distinct)
            return ExactSearch.Solve(model, limits);
        int labels = distinct.Labels.DefaultIfEmpty(-1).Max() + 1;
        if (labels <= distinct.Count)
            return ExactSearch.Solve(model, limits);

        var sets = new List<(double Bound, int Number, int[] Set)>();
        foreach (int[] set in Combinations(labels, distinct.Count))
        {
            limits.CancellationToken.ThrowIfCancellationRequested();
            if (sets.Count == limits.Tuning.LabelSets)
                return SearchOutcome.Unsolved() with { Prices = new double[model.Rows.Length] };
            sets.Add((Bound(model.Only(item => set.Contains(distinct.Labels[item])), limits), sets.Count, set));
        }
        sets.Sort((left, right) => left.Bound != right.Bound ? left.Bound.CompareTo(right.Bound) : left.Number.CompareTo(right.Number));
        return SolveInOrder(model, distinct.Labels, sets, limits);
    }

    private static double Bound(ChoiceModel part, SearchLimits limits)
        => Reduction.Reduce(part, limits.Tuning, limits.CancellationToken) is { } reduced
            ? reduced.ToSource(LinearRelaxation.Solve(reduced, limits.CancellationToken).Value)
            : double.PositiveInfinity;

    private static SearchOutcome SolveInOrder(
        ChoiceModel model, int[] labels, List<(double Bound, int Number, int[] Set)> sets, SearchLimits limits)
    {
        SearchOutcome? best = null;
        double bestScore = double.PositiveInfinity;
        double bound = double.PositiveInfinity;
        bool isProven = true;
        foreach ((double setBound, _, int[] set) in sets)
        {
            if (setBound >= bestScore || double.IsPositiveInfinity(setBound))
                break;
            ChoiceModel part = model.Only(item => set.Contains(labels[item]));
            SearchOutcome outcome = ExactSearch.Solve(part, limits);
            isProven &= outcome.IsComplete;
            if (!outcome.IsComplete)
                bound = Math.Min(bound, outcome.Bound);
            if (outcome.Items is null)
                continue;
            double score = outcome.Items.Sum(item => part.Scores[item]);
            if (score < bestScore)
            {
                bestScore = score;
                best = outcome with { Items = [.. outcome.Items.Select(part.SourceItem)] };
            }
        }
        SearchOutcome result = SearchOutcome.Below(best?.Items, isProven, Math.Min(bestScore, bound));
        return result with { Prices = best?.Prices ?? new double[model.Rows.Length] };
    }

    private static IEnumerable<int[]> Combinations(int count, int size)
    {
        int[] set = [.. Enumerable.Range(0, size)];
        while (true)
        {
            yield return [.. set];
            int place = size - 1;
            while (place >= 0 && set[place] == count - size + place)
                place--;
            if (place < 0)
                yield break;
            set[place]++;
            for (int next = place + 1; next < size; next++)
                set[next] = set[next - 1] + 1;
        }
    }
}
