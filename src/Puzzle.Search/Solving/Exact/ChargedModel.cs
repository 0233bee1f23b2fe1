namespace Puzzle.Search.Solving.Exact;

/// <summary>A model whose counting rows are charged to the scores, and the search of it that looks at the other rows only.</summary>
/// <param name="Fixed">The charged model in whole numbers.</param>
/// <param name="Search">Its label search.</param>
/// <param name="Charge">How much larger scores are here when every counter is at its limit.</param>
/// <param name="Root">The value of its linear relaxation.</param>
/// <param name="Tolerance">How exact its bounds are.</param>
internal sealed record ChargedModel(FixedPointModel Fixed, LabelSearch Search, double Charge, double Root, double Tolerance)
{
    public static ChargedModel Create(
        ReducedModel model, ChoiceModel source, int[] counters, double[] multipliers, CancellationToken cancellationToken)
    {
        ReducedModel charged = model.Charge(counters, multipliers);
        int[] others = [.. Enumerable.Range(0, model.Rows).Where(row => !counters.Contains(row))];
        LinearRelaxation relaxation = LinearRelaxation.Solve(charged.OnlyRows(others), cancellationToken);
        var prices = new double[model.Rows];
        for (int i = 0; i < others.Length && !relaxation.IsInfeasible; i++)
            prices[others[i]] = relaxation.Multipliers[i];
        FixedPointModel fixedPoint = FixedPointModel.Build(charged, source);
        double tolerance = ExactTolerances.OfBounds(charged, prices);
        return new ChargedModel(
            fixedPoint,
            new LabelSearch(charged, fixedPoint, prices, tolerance),
            counters.Sum(row => multipliers[row] * model.Limits[row]),
            relaxation.Value,
            tolerance);
    }

    /// <summary>Finds the best choice, counters aside.</summary>
    /// <param name="rows">The rows that count.</param>
    /// <param name="gap">How far above the linear relaxation to look first; set to what was enough.</param>
    /// <param name="limits">When to stop.</param>
    public SearchOutcome Least(int[] rows, ref double gap, SearchLimits limits)
    {
        ExactTuning tuning = limits.Tuning;
        if (gap <= 0)
            gap = Math.Max(tuning.ChargedGap * Math.Abs(Root), double.Epsilon);
        for (int attempt = 0; ; attempt++)
        {
            double threshold = attempt < tuning.ChargedAttempts ? Root + gap : double.PositiveInfinity;
            SearchOutcome run = Search.Run(threshold, rows, tuning.RelaxedWidth, limits);
            if (run.Items is not null || !run.IsComplete || limits.IsOver() || attempt == tuning.ChargedAttempts)
                return run;
            gap *= tuning.GapGrowth;
        }
    }
}
