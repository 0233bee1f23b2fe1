namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Label search with rows that count choices (distances from earlier architectures): first without them, their
/// multipliers charged to the scores, which gives the exact cost of completing any partial choice; then with counters in
/// the labels, dropping those whose best completion ends above the threshold.
/// </summary>
internal sealed class CompletionSearch(ReducedModel model, FixedPointModel fixedPoint, ChoiceModel source, double[] multipliers)
{
    private readonly Dictionary<string, (LabelSearch Search, FixedPointModel Fixed)> _charged = [];

    public LabelRun Run(double threshold, int[] rows, int width, SearchLimits limits)
    {
        int[] counters = [.. rows.Where(row => model.IsCounter[row])];
        int[] resources = [.. rows.Where(row => !model.IsCounter[row])];
        (LabelSearch search, FixedPointModel charged) = Charged(counters);
        double charge = counters.Sum(row => multipliers[row] * model.Limits[row]);

        var history = new List<LabelSet>();
        (LabelRun relaxed, LabelStages stages) = search.Run(threshold + charge, resources, Math.Max(width, 200_000), limits, history, fewestFirst: false);
        if (!relaxed.IsComplete || relaxed.Choice is null)
            return new LabelRun(null, 0, relaxed.IsComplete, relaxed.Bound - charge);
        double bound = charged.ScoreOf(relaxed.Score) - charge;
        if (bound > threshold + search.Slop)
            return new LabelRun(null, 0, true, threshold);
        var forward = new CountingPass(fixedPoint, charged, stages, history, resources, counters, charged.SumOf(threshold + charge + search.Slop));
        LabelRun run = forward.Run(width, limits);
        return run with { Bound = run.IsComplete ? (run.Choice is null ? threshold : Math.Min(threshold, fixedPoint.ScoreOf(run.Score))) : bound };
    }

    private (LabelSearch Search, FixedPointModel Fixed) Charged(int[] counters)
    {
        string key = string.Join(',', counters);
        if (!_charged.TryGetValue(key, out var charged))
        {
            ReducedModel chargedModel = model.Charge(counters, multipliers);
            var chargedFixed = new FixedPointModel(chargedModel, source);
            double[] others = [.. multipliers.Select((multiplier, row) => counters.Contains(row) ? 0 : multiplier)];
            charged = (new LabelSearch(chargedModel, chargedFixed, others), chargedFixed);
            _charged.Add(key, charged);
        }
        return charged;
    }
}
