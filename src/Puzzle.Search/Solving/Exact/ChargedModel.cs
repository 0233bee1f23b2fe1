namespace Puzzle.Search.Solving.Exact;

/// <summary>A model whose counting rows are charged to the scores, and the search of it that looks at the other rows only.</summary>
internal sealed class ChargedModel
{
    private const double Growth = 1.5;
    private const int Attempts = 30;
    private readonly double _root;

    public ChargedModel(ReducedModel model, ChoiceModel source, int[] counters, double[] multipliers)
    {
        ReducedModel charged = model.Charge(counters, multipliers);
        int[] others = [.. Enumerable.Range(0, model.Rows).Where(row => !counters.Contains(row))];
        var bound = new LagrangianBound(charged.OnlyRows(others));
        var prices = new double[model.Rows];
        for (int i = 0; i < others.Length && !bound.IsInfeasible; i++)
            prices[others[i]] = bound.Multipliers[i];
        _root = bound.Value;
        Charge = counters.Sum(row => multipliers[row] * model.Limits[row]);
        Fixed = new FixedPointModel(charged, source);
        Search = new LabelSearch(charged, Fixed, prices);
    }

    public FixedPointModel Fixed { get; }

    public LabelSearch Search { get; }

    /// <summary>Gets how much larger scores are here when every counter is at its limit.</summary>
    public double Charge { get; }

    /// <summary>Finds the best choice, counters aside.</summary>
    /// <param name="rows">The rows that count.</param>
    /// <param name="width">How many labels a stage may have.</param>
    /// <param name="gap">How far above the linear relaxation to look first; set to what was enough.</param>
    /// <param name="firstShare">That gap as a share of the relaxation's value, when it is not known.</param>
    /// <param name="limits">When to stop.</param>
    public LabelRun Least(int[] rows, int width, ref double gap, double firstShare, SearchLimits limits)
    {
        if (gap <= 0)
            gap = Math.Max(firstShare * Math.Abs(_root), double.Epsilon);
        for (int attempt = 0; ; attempt++)
        {
            LabelRun run = Search.Run(attempt < Attempts ? _root + gap : double.PositiveInfinity, rows, width, limits).Run;
            if (run.Choice is not null || !run.IsComplete || limits.IsOver() || attempt == Attempts)
                return run;
            gap *= Growth;
        }
    }
}
