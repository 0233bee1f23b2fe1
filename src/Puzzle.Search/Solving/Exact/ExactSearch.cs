namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Solves a multiple-choice model: reduction, Lagrangian bound, fixing by reduced costs, then a label search whose
/// threshold rises from the bound until a choice lies below it, which is then proven best.
/// </summary>
internal static class ExactSearch
{
    public static ExactOutcome Solve(ChoiceModel source, SearchLimits limits)
    {
        limits.CancellationToken.ThrowIfCancellationRequested();
        if (Reduction.Reduce(source, limits.CancellationToken) is not { } model)
            return new ExactOutcome(SearchStatus.Infeasible, null, double.NaN, new double[source.Rows.Length]);
        var bound = new LagrangianBound(model);
        double[] prices = Prices(source, model, bound.Multipliers);
        if (bound.IsInfeasible)
            return new ExactOutcome(SearchStatus.Infeasible, null, double.NaN, prices);

        int[]? start = StartingChoice.Find(model, bound.Multipliers);
        double incumbent = start is null ? double.PositiveInfinity : start.Sum(item => model.Scores[item]);
        int[]? startSources = start is null ? null : [.. start.Select(item => model.Source[item])];
        ReducedModel core = FixByReducedCosts(model, bound, incumbent);
        ExactOutcome outcome = new GapDeepening(core, source, bound, startSources, incumbent, limits).Solve();
        if (start is null && outcome is { Status: SearchStatus.Optimal, Items: { } first })
        {
            // Only now are the items known that are too bad to matter: without them numbers are finer.
            incumbent = first.Sum(item => source.Scores[item]);
            ReducedModel finer = FixByReducedCosts(model, bound, incumbent);
            if (finer.Items < core.Items)
                outcome = new GapDeepening(finer, source, bound, first, incumbent, limits).Solve();
        }
        return outcome with { Prices = prices };
    }

    /// <summary>Drops the items that no choice as good as the incumbent can contain.</summary>
    private static ReducedModel FixByReducedCosts(ReducedModel model, LagrangianBound bound, double incumbent)
    {
        if (double.IsPositiveInfinity(incumbent))
            return model;
        var keep = new bool[model.Items];
        double slop = 1e-9 * Math.Max(Math.Abs(incumbent), Math.Abs(bound.Value));
        for (int group = 0; group < model.Groups; group++)
        {
            double least = double.PositiveInfinity;
            for (int item = model.Start[group]; item < model.Start[group + 1]; item++)
                least = Math.Min(least, LagrangianBound.PricedScore(model, bound.Multipliers, item));
            for (int item = model.Start[group]; item < model.Start[group + 1]; item++)
                keep[item] = bound.Value + LagrangianBound.PricedScore(model, bound.Multipliers, item) - least <= incumbent + slop;
        }
        return model.Filter(item => keep[item]);
    }

    private static double[] Prices(ChoiceModel source, ReducedModel model, double[] multipliers)
    {
        var prices = new double[source.Rows.Length];
        for (int row = 0; row < model.Rows; row++)
            prices[model.SourceRow[row]] = multipliers[row] * model.RowScale[row];
        return prices;
    }
}
