namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Label searches with the rows known to matter, with or without counters; a choice that breaks another row brings that row in.
/// </summary>
internal sealed class RowSearch(
    ReducedModel model, FixedPointModel fixedPoint, LabelSearch labels, CompletionSearch completions, double[] multipliers)
{
    private readonly SortedSet<int> _rows = [.. Enumerable.Range(0, model.Rows).Where(row => multipliers[row] > 0)];

    /// <summary>Gets a value indicating whether a row that matters counts choices.</summary>
    public bool HasCounters => _rows.Any(row => model.IsCounter[row]);

    /// <summary>Searches below a threshold; what it finds meets every row.</summary>
    public SearchOutcome Run(double threshold, int width, SearchLimits limits)
    {
        while (true)
        {
            int[] rows = [.. _rows];
            SearchOutcome run = HasCounters ? completions.Run(threshold, rows, width, limits) : labels.Run(threshold, rows, width, limits);
            if (run.Items is null || !BringIn(run.Items))
                return run;
        }
    }

    /// <summary>Raises the bound by better multipliers of the counters.</summary>
    /// <param name="target">The best choice known.</param>
    /// <param name="limits">When to stop early.</param>
    /// <returns>The bound; minus infinity when none was proven.</returns>
    public double Tune(double target, SearchLimits limits)
    {
        double bound = completions.Tune([.. _rows.Where(row => !model.IsCounter[row])], target, limits);
        _rows.UnionWith(Enumerable.Range(0, model.Rows).Where(completions.IsCharged));
        return bound;
    }

    private bool BringIn(int[] choice)
    {
        int before = _rows.Count;
        for (int row = 0; row < model.Rows; row++)
        {
            if (!_rows.Contains(row) && !fixedPoint.Fits(choice, row))
                _rows.Add(row);
        }
        return _rows.Count > before;
    }
}
