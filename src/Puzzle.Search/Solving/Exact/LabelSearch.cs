namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Dynamic programming over groups that finds the best choice among those whose value is at most a threshold: partial
/// choices that cannot end below it, by the Lagrangian bound at several multipliers, are dropped, and so are dominated
/// ones. Beyond a width only the most promising ones are kept, and the run is not complete.
/// </summary>
internal sealed class LabelSearch
{
    private static readonly double[] Factors = [0.4, 0.75, 1.3, 2.5];
    private readonly ReducedModel _model;
    private readonly FixedPointModel _fixed;
    private readonly double[] _multipliers;
    private (LabelSet Generated, LabelSet Current, LabelDominance Dominance)? _scratch;

    public LabelSearch(ReducedModel model, FixedPointModel fixedPoint, double[] multipliers)
    {
        _model = model;
        _fixed = fixedPoint;
        _multipliers = multipliers;
        double size = 0;
        for (int group = 0; group < model.Groups; group++)
        {
            double largest = 0;
            for (int item = model.Start[group]; item < model.Start[group + 1]; item++)
                largest = Math.Max(largest, Math.Abs(model.Scores[item]));
            size += largest;
        }
        for (int row = 0; row < model.Rows; row++)
            size += multipliers[row] * model.Limits[row];
        Slop = 1e-12 * size;
    }

    /// <summary>Gets how exact bounds in double are.</summary>
    public double Slop { get; }

    /// <summary>Searches below a threshold, looking at some rows only.</summary>
    /// <param name="threshold">The largest value of interest.</param>
    /// <param name="rows">The rows that count.</param>
    /// <param name="width">How many labels a stage may have.</param>
    /// <param name="limits">When to stop.</param>
    /// <param name="history">Takes the labels of every stage, if given.</param>
    /// <param name="fewestFirst">Whether groups with few candidates come first.</param>
    public (LabelRun Run, LabelStages Stages) Run(double threshold, int[] rows, int width, SearchLimits limits, List<LabelSet>? history = null, bool fewestFirst = true)
    {
        var stages = new LabelStages(_model, _fixed, Multipliers(rows), rows, threshold + Slop, fewestFirst);
        if (_scratch is null || _scratch.Value.Current.Costs.Length != rows.Length)
            _scratch = (new LabelSet(rows.Length), new LabelSet(rows.Length), new LabelDominance(rows.Length));
        (LabelSet generated, LabelSet current, LabelDominance dominance) = _scratch.Value;
        var trail = new List<(int[] Parents, int[] Items)>(_model.Groups);
        current.Clear();
        current.AddRoot();
        bool isComplete = true;
        for (int stage = 0; stage < _model.Groups; stage++)
        {
            limits.CancellationToken.ThrowIfCancellationRequested();
            generated.Clear();
            isComplete &= stages.Extend(stage, current, generated, SearchLimits.MostExtended(width), limits) && !limits.IsOver();
            if (history is not null)
                current = new LabelSet(rows.Length);
            dominance.Reduce(generated, current, limits.CancellationToken);
            width = limits.IsOver() ? Math.Min(width, SearchLimits.LateWidth) : width;
            if (current.Count > width)
            {
                stages.Trim(current, width);
                isComplete = false;
            }
            trail.Add((current.Parents[..current.Count], current.Items[..current.Count]));
            history?.Add(current);
            if (current.Count == 0)
                return (new LabelRun(null, 0, isComplete, isComplete ? threshold : double.NegativeInfinity), stages);
        }
        (int[] choice, long score) = Backtrack(current, trail, stages.Order);
        double bound = isComplete ? Math.Min(threshold, _fixed.ScoreOf(score)) : double.NegativeInfinity;
        return (new LabelRun(choice, score, isComplete, bound), stages);
    }

    internal static (int[] Choice, long Score) Backtrack(LabelSet last, List<(int[] Parents, int[] Items)> trail, int[] order)
    {
        int label = 0;
        for (int other = 1; other < last.Count; other++)
            label = last.IsBetter(label, other) ? label : other;
        long score = last.Scores[label];
        var choice = new int[order.Length];
        for (int stage = order.Length - 1; stage >= 0; stage--)
        {
            choice[order[stage]] = trail[stage].Items[label];
            label = trail[stage].Parents[label];
        }
        return (choice, score);
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
