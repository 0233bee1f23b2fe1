namespace Puzzle.Search.Solving.Exact;

/// <summary>The second pass of a <see cref="CompletionSearch"/>. A label's costs are the resources, the counters, and last its charged score.</summary>
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

    public CountingPass(FixedPointModel fixedPoint, FixedPointModel charged, LabelStages stages, List<LabelSet> history, int[] resources, int[] counters, long cap)
    {
        _fixed = fixedPoint;
        _charged = charged;
        _stages = stages;
        _rows = [.. resources, .. counters];
        _resources = resources.Length;
        _cap = cap;
        int groups = stages.Order.Length;
        var nothing = new LabelSet(resources.Length);
        nothing.AddRoot();
        _completions = [.. Enumerable.Range(0, groups + 1).Select(done => new Completions(done == groups ? nothing : history[groups - 1 - done], resources.Length))];
        _most = new long[groups + 1][];
        _least = new long[groups + 1][];
        _most[groups] = new long[counters.Length];
        _least[groups] = new long[counters.Length];
        for (int done = groups - 1; done >= 0; done--)
        {
            int[] items = stages.Items(groups - 1 - done).ToArray();
            _most[done] = [.. counters.Select((row, i) => _most[done + 1][i] + items.Max(item => fixedPoint.Costs[row][item]))];
            _least[done] = [.. counters.Select((row, i) => _least[done + 1][i] + items.Min(item => fixedPoint.Costs[row][item]))];
        }
    }

    public LabelRun Run(int width, SearchLimits limits)
    {
        int groups = _stages.Order.Length;
        int[] order = [.. _stages.Order.Reverse()];
        var dominance = new CellDominance(_resources, _rows.Length);
        var trail = new List<(int[] Parents, int[] Items)>(groups);
        var generated = new LabelSet(_rows.Length + 1);
        var current = new LabelSet(_rows.Length + 1);
        current.AddRoot();
        bool isComplete = true;
        for (int done = 0; done < groups; done++)
        {
            limits.CancellationToken.ThrowIfCancellationRequested();
            generated.Clear();
            var bounds = new List<long>();
            isComplete &= Extend(done, current, generated, bounds, SearchLimits.MostExtended(width), limits) && !limits.IsOver();
            int[] kept = dominance.Keep(generated, limits.CancellationToken);
            width = limits.IsOver() ? Math.Min(width, SearchLimits.LateWidth) : width;
            if (kept.Length > width)
            {
                isComplete = false;
                Array.Sort(Array.ConvertAll(kept, label => bounds[label]), kept);
                kept = kept[..width];
            }
            current.Clear();
            foreach (int label in kept)
                current.Append(generated, label);
            trail.Add((current.Parents[..current.Count], current.Items[..current.Count]));
            if (current.Count == 0)
                return new LabelRun(null, 0, isComplete, 0);
        }
        (int[] choice, long score) = LabelSearch.Backtrack(current, trail, order);
        return new LabelRun(choice, score, isComplete, 0);
    }

    private bool Extend(int done, LabelSet labels, LabelSet extended, List<long> bounds, int limit, SearchLimits limits)
    {
        ReadOnlySpan<int> items = _stages.Items(_stages.Order.Length - 1 - done);
        Completions completions = _completions[done + 1];
        Span<long> room = stackalloc long[_resources];
        long[] charged = labels.Costs[^1];
        for (int label = 0; label < labels.Count; label++)
        {
            if (extended.Count > limit || (label % SearchLimits.Often == SearchLimits.Often - 1 && limits.ShouldStop()))
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
