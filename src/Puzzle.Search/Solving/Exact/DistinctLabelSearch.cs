namespace Puzzle.Search.Solving.Exact;

/// <summary>Solves a model that allows only some number of different labels: each set of labels is bounded, and those are solved whose bound is best.</summary>
internal static class DistinctLabelSearch
{
    private const int SetLimit = 20_000;

    public static ExactOutcome Solve(ChoiceModel model, SearchLimits limits)
    {
        if (model.DistinctLabels is not { } distinct)
            return ExactSearch.Solve(model, limits);
        int labels = distinct.Labels.DefaultIfEmpty(-1).Max() + 1;
        if (labels <= distinct.Count)
            return ExactSearch.Solve(model, limits);

        var sets = new List<(double Bound, int Number, int[] Set)>();
        foreach (int[] set in Combinations(labels, distinct.Count))
        {
            if (sets.Count == SetLimit)
                return new ExactOutcome(SearchStatus.Unsolved, null, double.NegativeInfinity, new double[model.Rows.Length]);
            limits.CancellationToken.ThrowIfCancellationRequested();
            ReducedModel? reduced = Reduction.Reduce(model.Only(item => set.Contains(distinct.Labels[item])));
            double bound = reduced is null ? double.PositiveInfinity : new LagrangianBound(reduced).Value;
            sets.Add((bound, sets.Count, set));
        }
        sets.Sort((left, right) => left.Bound != right.Bound ? left.Bound.CompareTo(right.Bound) : left.Number.CompareTo(right.Number));
        return SolveInOrder(model, distinct.Labels, sets, limits);
    }

    private static ExactOutcome SolveInOrder(ChoiceModel model, int[] labels, List<(double Bound, int Number, int[] Set)> sets, SearchLimits limits)
    {
        ExactOutcome? best = null;
        double bestScore = double.PositiveInfinity;
        double bound = double.PositiveInfinity;
        bool isProven = true;
        foreach ((double setBound, _, int[] set) in sets)
        {
            if (setBound >= bestScore || double.IsPositiveInfinity(setBound))
                break;
            ChoiceModel part = model.Only(item => set.Contains(labels[item]));
            ExactOutcome outcome = ExactSearch.Solve(part, limits);
            isProven &= outcome.Status is SearchStatus.Optimal or SearchStatus.Infeasible;
            if (outcome.Status is SearchStatus.Feasible or SearchStatus.Unsolved)
                bound = Math.Min(bound, outcome.Bound);
            if (outcome.Items is null)
                continue;
            double score = outcome.Items.Sum(item => part.Scores[item]);
            if (score < bestScore)
            {
                bestScore = score;
                best = outcome with { Items = [.. outcome.Items.Select(item => part.SourceItem(item))] };
            }
        }
        if (best is null)
            return new ExactOutcome(isProven ? SearchStatus.Infeasible : SearchStatus.Unsolved, null, isProven ? double.NaN : bound, new double[model.Rows.Length]);
        return best with { Status = isProven ? SearchStatus.Optimal : SearchStatus.Feasible, Bound = Math.Min(bestScore, bound) };
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
