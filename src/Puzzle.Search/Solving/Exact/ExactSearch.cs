namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Solves a multiple-choice model: reduction, Lagrangian bound, fixing by reduced costs, then a label search whose
/// threshold rises from the bound until a choice lies below it, which is then proven best.
/// </summary>
internal static class ExactSearch
{
    public static SearchOutcome Solve(ChoiceModel source, SearchLimits limits)
    {
        limits.CancellationToken.ThrowIfCancellationRequested();
        if (Reduction.Reduce(source, limits.Tuning, limits.CancellationToken) is not { } model)
            return SearchOutcome.Infeasible with { Prices = new double[source.Rows.Length] };
        LinearRelaxation relaxation = LinearRelaxation.Solve(model, limits.CancellationToken);
        double[] prices = Prices(source, model, relaxation.Multipliers);
        if (relaxation.IsInfeasible)
            return SearchOutcome.Infeasible with { Prices = prices };

        int[]? start = StartingChoice.Find(model, relaxation.Multipliers, limits.Tuning);
        ReducedModel core = start is null ? model : FixByReducedCosts(model, relaxation, start);
        SearchOutcome outcome = SolveCore(model, core, source, relaxation, start, limits);
        if (start is null && outcome is { Status: SearchStatus.Optimal, Items: { } first })
        {
            // Only now are the items known that are too bad to matter: without them numbers are finer.
            int[] found = model.FromSource(first);
            ReducedModel finer = FixByReducedCosts(model, relaxation, found);
            if (finer.Items < core.Items)
                outcome = SolveCore(model, finer, source, relaxation, found, limits);
        }
        return outcome with { Prices = prices };
    }

    /// <summary>Searches the core of a model; the outcome is in the full model's items and unit.</summary>
    private static SearchOutcome SolveCore(
        ReducedModel model, ReducedModel core, ChoiceModel source, LinearRelaxation relaxation, int[]? start, SearchLimits limits)
    {
        int[]? coreStart = start is null ? null : core.FromSource(model.ToSource(start));
        SearchOutcome outcome = GapDeepening.Create(core, source, relaxation, coreStart, limits).Solve();
        return outcome.Status == SearchStatus.Infeasible
            ? SearchOutcome.Infeasible
            : outcome with { Items = outcome.Items is null ? null : core.ToSource(outcome.Items), Bound = core.ToSource(outcome.Bound) };
    }

    /// <summary>Drops the items that no choice as good as a known one can contain.</summary>
    private static ReducedModel FixByReducedCosts(ReducedModel model, LinearRelaxation relaxation, int[] choice)
    {
        double score = choice.Sum(item => model.Scores[item]);
        bool[] kept = relaxation.ItemsWithin(score + ExactTolerances.OfFixing(score, relaxation.Value));
        foreach (int item in choice)
            kept[item] = true;
        return model.Filter(kept);
    }

    private static double[] Prices(ChoiceModel source, ReducedModel model, double[] multipliers)
    {
        var prices = new double[source.Rows.Length];
        for (int row = 0; row < model.Rows; row++)
            prices[model.SourceRow[row]] = multipliers[row] * model.RowScale[row] / model.ScoreScale;
        return prices;
    }
}
