namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Dynamic programming over groups that finds the best choice among those whose value is at most a threshold: partial
/// choices that cannot end below it, by the Lagrangian bound at several multipliers, are dropped, and so are dominated ones.
/// </summary>
internal sealed class LabelSearch
{
    private static readonly double[] Factors = [0.5, 0.8, 1.25, 2];
    private readonly ReducedModel _model;
    private readonly FixedPointModel _fixed;
    private readonly double[] _multipliers;

    public LabelSearch(ReducedModel model, FixedPointModel fixedPoint, double[] multipliers)
    {
        _model = model;
        _fixed = fixedPoint;
        _multipliers = multipliers;
        double size = 0;
        for (int group = 0; group < model.Groups; group++)
            size += model.Scores.AsSpan(model.Start[group], model.Start[group + 1] - model.Start[group]).ToArray().Max(Math.Abs);
        for (int row = 0; row < model.Rows; row++)
            size += multipliers[row] * model.Limits[row];
        Slop = 1e-12 * size;
    }

    /// <summary>Gets the number of labels made so far, over all runs.</summary>
    public long Labels { get; private set; }

    /// <summary>Gets how exact bounds in double are.</summary>
    public double Slop { get; }

    /// <summary>Searches below a threshold, looking at some rows only.</summary>
    /// <param name="threshold">The largest value of interest.</param>
    /// <param name="rows">The rows that count.</param>
    /// <param name="labelLimit">Gives up when <see cref="Labels"/> passes it.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The best choice (item of each group) or null, and whether the search was complete.</returns>
    public (int[]? Choice, long Score, bool IsComplete) Run(double threshold, int[] rows, long labelLimit, CancellationToken cancellationToken)
    {
        var stages = new LabelStages(_model, _fixed, Multipliers(rows), rows, threshold + Slop);
        var generated = new LabelSet(rows.Length);
        var dominance = new LabelDominance(rows.Length);
        var history = new List<(int[] Parents, int[] Items)>(_model.Groups);
        var current = new LabelSet(rows.Length);
        int root = current.Add();
        current.Scores[root] = current.Ties[root] = 0;
        foreach (long[] costs in current.Costs)
            costs[root] = 0;

        for (int stage = 0; stage < _model.Groups; stage++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            generated.Clear();
            if (!stages.Extend(stage, current, generated, labelLimit - Labels))
                return (null, 0, false);
            Labels += generated.Count;
            dominance.Reduce(generated, current);
            history.Add((current.Parents[..current.Count], current.Items[..current.Count]));
            if (current.Count == 0)
                return (null, 0, true);
        }

        int best = 0;
        for (int label = 1; label < current.Count; label++)
            best = current.IsBetter(best, label) ? best : label;
        long score = current.Scores[best];
        var choice = new int[_model.Groups];
        for (int stage = _model.Groups - 1; stage >= 0; stage--)
        {
            choice[stages.Order[stage]] = history[stage].Items[best];
            best = history[stage].Parents[best];
        }
        return (choice, score, true);
    }

    /// <summary>The best multipliers first, then some with one of them scaled.</summary>
    private double[][] Multipliers(int[] rows)
    {
        var all = new List<double[]> { _multipliers };
        foreach (int row in rows)
        {
            foreach (double factor in Factors)
            {
                if (_multipliers[row] <= 0)
                    continue;
                var scaled = (double[])_multipliers.Clone();
                scaled[row] *= factor;
                all.Add(scaled);
            }
        }
        return [.. all];
    }
}
