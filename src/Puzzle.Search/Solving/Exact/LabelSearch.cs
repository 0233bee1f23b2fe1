namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Dynamic programming over groups that finds the best choice among those whose value is at most a threshold: partial
/// choices that cannot end below it, by the Lagrangian bound at several multipliers, are dropped, and so are dominated
/// ones. Beyond a width only the most promising ones are kept, and the run is not complete.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="fixedPoint">The same in whole numbers.</param>
/// <param name="multipliers">The best multipliers known.</param>
/// <param name="tolerance">How exact bounds in double are.</param>
internal sealed class LabelSearch(ReducedModel model, FixedPointModel fixedPoint, double[] multipliers, double tolerance)
{
    private (LabelSet Generated, LabelSet Current, LabelDominance Dominance)? _scratch;

    /// <summary>Searches below a threshold, looking at some rows only.</summary>
    /// <param name="threshold">The largest value of interest.</param>
    /// <param name="rows">The rows that count.</param>
    /// <param name="width">How many labels a stage may have.</param>
    /// <param name="limits">When to stop.</param>
    /// <returns>The best choice below the threshold; only complete runs prove something.</returns>
    public SearchOutcome Run(double threshold, int[] rows, int width, SearchLimits limits)
        => Run(Stages(threshold, rows, fewestFirst: true, limits.Tuning), threshold, width, limits, history: null);

    /// <summary>Prepares the stages of a search.</summary>
    public LabelStages Stages(double threshold, int[] rows, bool fewestFirst, ExactTuning tuning)
        => new LabelStagesBuilder(model, fixedPoint, rows, threshold + tolerance)
            .Build(Multipliers(rows, tuning.BoundFactors), fewestFirst);

    /// <summary>Searches some stages.</summary>
    /// <param name="stages">The stages.</param>
    /// <param name="threshold">The largest value of interest.</param>
    /// <param name="width">How many labels a stage may have.</param>
    /// <param name="limits">When to stop.</param>
    /// <param name="history">Takes the labels of every stage, if given.</param>
    public SearchOutcome Run(LabelStages stages, double threshold, int width, SearchLimits limits, List<LabelSet>? history)
    {
        int rows = stages.Rows.Length;
        if (_scratch is null || _scratch.Value.Current.Costs.Length != rows)
            _scratch = (new LabelSet(rows), new LabelSet(rows), new LabelDominance(rows, limits.Tuning.DominanceWindow));
        (LabelSet generated, LabelSet current, LabelDominance dominance) = _scratch.Value;
        var trail = new LabelTrail(stages.Order);
        current.Clear();
        current.AddRoot();
        bool isComplete = true;
        for (int stage = 0; stage < stages.Order.Length && current.Count > 0; stage++)
        {
            limits.CancellationToken.ThrowIfCancellationRequested();
            generated.Clear();
            isComplete &= stages.Extend(stage, current, generated, limits.MostExtended(width), limits) && !limits.IsOver();
            if (history is not null)
                current = new LabelSet(rows);
            dominance.Reduce(generated, current, limits.CancellationToken);
            width = limits.WidthNow(width);
            if (current.Count > width)
            {
                stages.Trim(current, width);
                isComplete = false;
            }
            trail.Add(current);
            history?.Add(current);
        }
        int[]? choice = trail.Best(current);
        double bound = !isComplete ? double.NegativeInfinity
            : choice is null ? threshold
            : Math.Min(threshold, fixedPoint.ScoreOf(choice));
        return SearchOutcome.Below(choice, isComplete, bound);
    }

    /// <summary>The best multipliers first, then some with one of them scaled.</summary>
    private double[][] Multipliers(int[] rows, IReadOnlyList<double> factors)
    {
        var all = new List<double[]> { multipliers };
        foreach (int row in rows.Where(row => multipliers[row] > 0))
        {
            foreach (double factor in factors)
            {
                var scaled = (double[])multipliers.Clone();
                scaled[row] *= factor;
                all.Add(scaled);
            }
        }
        return [.. all];
    }
}
