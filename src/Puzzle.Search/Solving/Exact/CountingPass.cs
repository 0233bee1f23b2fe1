namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// The second pass of a <see cref="CompletionSearch"/>, backwards over the stages of the first. A label's costs are the resources, the
/// counters, and last its charged score; what cannot be completed below the cap is dropped.
/// </summary>
internal sealed class CountingPass
{
    private readonly FixedPointModel _fixed;
    private readonly FixedPointModel _charged;
    private readonly LabelStages _stages;
    private readonly Completions[] _completions; // by stages done in this pass
    private readonly int[] _rows; // resources, then counters
    private readonly int _resources;
    private readonly long _cap;
    private readonly long[][] _most; // by stages done: what later groups count at most
    private readonly long[][] _least;

    private CountingPass(
        FixedPointModel fixedPoint,
        FixedPointModel charged,
        LabelStages stages,
        Completions[] completions,
        int[] counters,
        long cap,
        long[][] least,
        long[][] most)
    {
        _fixed = fixedPoint;
        _charged = charged;
        _stages = stages;
        _completions = completions;
        _rows = [.. stages.Rows, .. counters];
        _resources = stages.Rows.Length;
        _cap = cap;
        _least = least;
        _most = most;
    }

    /// <summary>Prepares a pass.</summary>
    /// <param name="fixedPoint">The model.</param>
    /// <param name="charged">The model whose scores include what counters cost.</param>
    /// <param name="stages">The stages of the first pass, whose rows are the resources.</param>
    /// <param name="history">The first pass's labels of every stage.</param>
    /// <param name="counters">The rows that count choices.</param>
    /// <param name="cap">The largest charged score of interest.</param>
    public static CountingPass Create(
        FixedPointModel fixedPoint, FixedPointModel charged, LabelStages stages, List<LabelSet> history, int[] counters, long cap)
    {
        int groups = stages.Order.Length;
        var nothing = new LabelSet(stages.Rows.Length);
        nothing.AddRoot();
        Completions[] completions = [.. Enumerable.Range(0, groups + 1)
            .Select(done => Completions.Of(done == groups ? nothing : history[groups - 1 - done], stages.Rows.Length))];
        var most = new long[groups + 1][];
        var least = new long[groups + 1][];
        most[groups] = new long[counters.Length];
        least[groups] = new long[counters.Length];
        for (int done = groups - 1; done >= 0; done--)
        {
            int[] items = stages.Items[groups - 1 - done];
            most[done] = [.. counters.Select((row, i) => most[done + 1][i] + items.Max(item => fixedPoint.Costs[row][item]))];
            least[done] = [.. counters.Select((row, i) => least[done + 1][i] + items.Min(item => fixedPoint.Costs[row][item]))];
        }
        return new CountingPass(fixedPoint, charged, stages, completions, counters, cap, least, most);
    }

    /// <summary>Finds the best choice within the cap; the outcome's bound is not set.</summary>
    public SearchOutcome Run(int width, SearchLimits limits)
    {
        int groups = _stages.Order.Length;
        var dominance = new CellDominance(_resources, _rows.Length, limits.Tuning.CellComparisons);
        var trail = new LabelTrail([.. _stages.Order.Reverse()]);
        var generated = new LabelSet(_rows.Length + 1);
        var current = new LabelSet(_rows.Length + 1);
        current.AddRoot();
        bool isComplete = true;
        for (int done = 0; done < groups && current.Count > 0; done++)
        {
            limits.CancellationToken.ThrowIfCancellationRequested();
            generated.Clear();
            var bounds = new List<long>();
            isComplete &= Extend(done, current, generated, bounds, limits.MostExtended(width), limits) && !limits.IsOver();
            int[] kept = dominance.Keep(generated, limits.CancellationToken);
            width = limits.WidthNow(width);
            if (kept.Length > width)
            {
                isComplete = false;
                Array.Sort(Array.ConvertAll(kept, label => bounds[label]), kept);
                kept = kept[..width];
            }
            current.Clear();
            foreach (int label in kept)
                current.Append(generated, label);
            trail.Add(current);
        }
        return SearchOutcome.Below(trail.Best(current), isComplete, double.NaN);
    }

    private bool Extend(int done, LabelSet labels, LabelSet extended, List<long> bounds, int limit, SearchLimits limits)
    {
        int[] items = _stages.Items[_stages.Order.Length - 1 - done];
        Completions completions = _completions[done + 1];
        Span<long> room = stackalloc long[_resources];
        long[] charged = labels.Costs[^1];
        for (int label = 0; label < labels.Count; label++)
        {
            if (extended.Count > limit || limits.ShouldStop(label))
                return false;
            foreach (int item in items)
            {
                long sum = charged[label] + _charged.Scores[item];
                if (sum > _cap || !Fits(done, labels, label, item, room) || !completions.TryFind(room, _cap - sum, out long rest))
                    continue;
                Add(done, labels, label, item, sum, extended);
                bounds.Add(sum + rest);
            }
        }
        return true;
    }

    private bool Fits(int done, LabelSet labels, int label, int item, Span<long> room)
    {
        for (int i = 0; i < _rows.Length; i++)
        {
            long left = _fixed.Limits[_rows[i]] - labels.Costs[i][label] - _fixed.Costs[_rows[i]][item];
            if (i < _resources)
                room[i] = left;
            else if (left < _least[done + 1][i - _resources])
                return false;
        }
        return true;
    }

    private void Add(int done, LabelSet labels, int label, int item, long sum, LabelSet extended)
    {
        int added = extended.Add();
        extended.Scores[added] = labels.Scores[label] + _fixed.Scores[item];
        extended.Ties[added] = labels.Ties[label] + _fixed.Ties[item];
        extended.Parents[added] = label;
        extended.Items[added] = item;
        for (int i = 0; i < _rows.Length; i++)
        {
            long cost = labels.Costs[i][label] + _fixed.Costs[_rows[i]][item];

            // A counter that later groups cannot bring to its limit is as good as any smaller one.
            extended.Costs[i][added] = i < _resources ? cost : Math.Max(cost, _fixed.Limits[_rows[i]] - _most[done + 1][i - _resources]);
        }
        extended.Costs[_rows.Length][added] = sum;
    }
}
