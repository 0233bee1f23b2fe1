namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Label search with rows that count choices (distances from earlier architectures): first without them, their
/// multipliers charged to the scores, which gives the exact cost of completing any partial choice; then with counters in
/// the labels, dropping those whose best completion ends above the threshold.
/// </summary>
internal sealed class CompletionSearch(ReducedModel model, FixedPointModel fixedPoint, ChoiceModel source, double[] multipliers)
{
    private const int RelaxedWidth = 200_000;
    private const int TuningSteps = 200;
    private const int Patience = 5;
    private const double SmallestStep = 1.0 / 64;
    private const double FirstShare = 0.3e-3;
    private readonly Dictionary<string, ChargedModel> _charged = [];
    private double[] _multipliers = multipliers;

    public LabelRun Run(double threshold, int[] rows, int width, SearchLimits limits)
    {
        int[] counters = [.. rows.Where(row => model.IsCounter[row])];
        int[] resources = [.. rows.Where(row => !model.IsCounter[row])];
        ChargedModel charged = Charged(counters);
        var history = new List<LabelSet>();
        (LabelRun relaxed, LabelStages stages) = charged.Search.Run(threshold + charged.Charge, resources, Math.Max(width, RelaxedWidth), limits, history, fewestFirst: false);
        if (!relaxed.IsComplete || relaxed.Choice is null)
            return new LabelRun(null, 0, relaxed.IsComplete, relaxed.Bound - charged.Charge);
        double bound = charged.Fixed.ScoreOf(relaxed.Score) - charged.Charge;
        if (bound > threshold + charged.Search.Slop)
            return new LabelRun(null, 0, true, threshold);
        var forward = new CountingPass(fixedPoint, charged.Fixed, stages, history, resources, counters, charged.Fixed.SumOf(threshold + charged.Charge + charged.Search.Slop));
        LabelRun run = forward.Run(width, limits);
        return run with { Bound = run.IsComplete ? (run.Choice is null ? threshold : Math.Min(threshold, fixedPoint.ScoreOf(run.Score))) : bound };
    }

    /// <summary>
    /// Raises the bound that holds without counters by moving their multipliers along subgradients: the relaxation whose
    /// resources are met exactly is stronger than the linear one that the multipliers come from.
    /// </summary>
    /// <param name="resources">The rows that do not count choices and matter.</param>
    /// <param name="target">A value the bound is not expected to pass: the best choice known.</param>
    /// <param name="limits">When to stop early.</param>
    /// <returns>The bound; minus infinity when none was proven.</returns>
    public double Tune(int[] resources, double target, SearchLimits limits)
    {
        int[] counters = [.. Enumerable.Range(0, model.Rows).Where(row => model.IsCounter[row])];
        double[] current = _multipliers;
        double best = double.NegativeInfinity;
        double share = 1;
        double gap = 0;
        int failures = 0;
        for (int step = 0; step < TuningSteps && share >= SmallestStep && !limits.IsOver(); step++)
        {
            var charged = new ChargedModel(model, source, counters, current);
            LabelRun run = charged.Least(resources, RelaxedWidth, ref gap, FirstShare, limits);
            if (run.Choice is null || !run.IsComplete)
                break;
            double bound = charged.Fixed.ScoreOf(run.Score) - charged.Charge;
            if (bound > best)
            {
                (best, _multipliers, failures) = (bound, current, 0);
            }
            else if (++failures == Patience)
            {
                (share, failures, current) = (share / 2, 0, _multipliers);
                continue;
            }
            double[] excess = [.. counters.Select(row => run.Choice.Sum(item => model.Costs[row][item]) - model.Limits[row])];
            double[] slope = [.. excess.Select((value, i) => current[counters[i]] <= 0 ? Math.Max(0, value) : value)];
            double size = slope.Sum(value => value * value);
            if (size == 0 || bound >= target)
                break;
            var next = (double[])current.Clone();
            for (int i = 0; i < counters.Length; i++)
                next[counters[i]] = Math.Max(0, next[counters[i]] + (share * (target - bound) / size * slope[i]));
            current = next;
        }
        _charged.Clear();
        return best;
    }

    /// <summary>Says whether a row's costs are charged.</summary>
    public bool IsCharged(int row) => model.IsCounter[row] && _multipliers[row] > 0;

    private ChargedModel Charged(int[] counters)
    {
        string key = string.Join(',', counters);
        if (!_charged.TryGetValue(key, out ChargedModel? charged))
            _charged.Add(key, charged = new ChargedModel(model, source, counters, _multipliers));
        return charged;
    }
}
