namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Label search with rows that count choices (distances from earlier architectures): first without them, their
/// multipliers charged to the scores, which gives the exact cost of completing any partial choice; then with counters in
/// the labels, dropping those whose best completion ends above the threshold.
/// </summary>
internal sealed class CompletionSearch(ReducedModel model, FixedPointModel fixedPoint, ChoiceModel source, double[] multipliers)
{
    private readonly Dictionary<string, ChargedModel> _charged = [];
    private double[] _multipliers = multipliers;

    /// <summary>Searches below a threshold, like <see cref="LabelSearch"/>.</summary>
    public SearchOutcome Run(double threshold, int[] rows, int width, SearchLimits limits)
    {
        int[] counters = [.. rows.Where(row => model.IsCounter[row])];
        int[] resources = [.. rows.Where(row => !model.IsCounter[row])];
        ChargedModel charged = Charged(counters, limits.CancellationToken);
        double chargedThreshold = threshold + charged.Charge;
        var history = new List<LabelSet>();
        LabelStages stages = charged.Search.Stages(chargedThreshold, resources, fewestFirst: false, limits.Tuning);
        SearchOutcome relaxed = charged.Search.Run(stages, chargedThreshold, Math.Max(width, limits.Tuning.RelaxedWidth), limits, history);
        if (!relaxed.IsComplete || relaxed.Items is null)
            return SearchOutcome.Below(null, relaxed.IsComplete, relaxed.Bound - charged.Charge);
        double bound = charged.Fixed.ScoreOf(relaxed.Items) - charged.Charge;
        if (bound > threshold + charged.Tolerance)
            return SearchOutcome.Below(null, isComplete: true, threshold);
        long cap = charged.Fixed.SumOf(chargedThreshold + charged.Tolerance);
        SearchOutcome run = CountingPass.Create(fixedPoint, charged.Fixed, stages, history, counters, cap).Run(width, limits);
        if (!run.IsComplete)
            return run with { Bound = bound };
        return run with { Bound = run.Items is null ? threshold : Math.Min(threshold, fixedPoint.ScoreOf(run.Items)) };
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
        ExactTuning tuning = limits.Tuning;
        int[] counters = [.. Enumerable.Range(0, model.Rows).Where(row => model.IsCounter[row])];
        double[] current = _multipliers;
        double best = double.NegativeInfinity;
        double share = 1;
        double gap = 0;
        int failures = 0;
        for (int step = 0; step < tuning.SubgradientSteps && share >= tuning.SmallestSubgradientStep && !limits.IsOver(); step++)
        {
            ChargedModel charged = ChargedModel.Create(model, source, counters, current, limits.CancellationToken);
            SearchOutcome run = charged.Least(resources, ref gap, limits);
            if (run.Items is null || !run.IsComplete)
                break;
            double bound = charged.Fixed.ScoreOf(run.Items) - charged.Charge;
            if (bound > best)
            {
                (best, _multipliers, failures) = (bound, current, 0);
            }
            else if (++failures == tuning.SubgradientPatience)
            {
                (share, failures, current) = (share / 2, 0, _multipliers);
                continue;
            }
            if (bound >= target || Step(counters, current, run.Items, share * (target - bound)) is not { } next)
                break;
            current = next;
        }
        _charged.Clear();
        return best;
    }

    /// <summary>Says whether a row's costs are charged.</summary>
    public bool IsCharged(int row) => model.IsCounter[row] && _multipliers[row] > 0;

    /// <summary>Moves the counters' multipliers along what a choice exceeds them by; null when it exceeds none.</summary>
    private double[]? Step(int[] counters, double[] current, int[] choice, double rise)
    {
        double[] excess = Array.ConvertAll(counters, row => choice.Sum(item => model.Costs[row][item]) - model.Limits[row]);
        double[] slope = [.. excess.Select((value, i) => current[counters[i]] <= 0 ? Math.Max(0, value) : value)];
        double size = slope.Sum(value => value * value);
        if (size == 0)
            return null;
        var next = (double[])current.Clone();
        for (int i = 0; i < counters.Length; i++)
            next[counters[i]] = Math.Max(0, next[counters[i]] + (rise / size * slope[i]));
        return next;
    }

    private ChargedModel Charged(int[] counters, CancellationToken cancellationToken)
    {
        string key = string.Join(',', counters);
        if (!_charged.TryGetValue(key, out ChargedModel? charged))
            _charged.Add(key, charged = ChargedModel.Create(model, source, counters, _multipliers, cancellationToken));
        return charged;
    }
}
