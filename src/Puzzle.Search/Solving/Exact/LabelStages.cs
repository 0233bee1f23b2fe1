namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// The groups of a <see cref="LabelSearch"/> in the order it decides them, the items that may end below the threshold,
/// and what the groups still to come can add.
/// </summary>
internal sealed class LabelStages
{
    private readonly FixedPointModel _model;
    private readonly int[] _rows;
    private readonly double[] _prices; // of a unit of each row at the best multipliers
    private readonly double[][] _allPrices; // by multipliers and row
    private readonly double _threshold;
    private readonly int[][] _items; // by stage, best first
    private readonly double[][] _reducedCosts; // by stage: multipliers vary fastest
    private readonly double[][] _rest; // by stage and multipliers: what is added to a label's priced sums
    private readonly long[][] _least; // by stage and row: what later groups cost at least
    private readonly long[][] _most;

    public LabelStages(ReducedModel reduced, FixedPointModel model, double[][] multipliers, int[] rows, double threshold, bool fewestFirst = true)
    {
        _model = model;
        _rows = rows;
        _threshold = threshold;
        _allPrices = [.. multipliers.Select(prices => (double[])[.. rows.Select(row => prices[row] * model.CostUnit(row))])];
        _prices = _allPrices[0];

        int groups = reduced.Groups;
        double[][] priced = [.. _allPrices.Select(Priced)];
        var leastPriced = new double[groups][];
        var bounds = new double[_allPrices.Length];
        for (int q = 0; q < bounds.Length; q++)
        {
            bounds[q] = model.ScoreOf(0);
            for (int i = 0; i < rows.Length; i++)
                bounds[q] -= _allPrices[q][i] * model.Limits[rows[i]];
        }
        for (int group = 0; group < groups; group++)
        {
            leastPriced[group] = LeastPriced(priced, reduced.Start[group], reduced.Start[group + 1]);
            for (int q = 0; q < bounds.Length; q++)
                bounds[q] += leastPriced[group][q];
        }

        int[][] items = [.. Enumerable.Range(0, groups).Select(group => Candidates(priced, reduced.Start[group], reduced.Start[group + 1], leastPriced[group], bounds))];
        Order = [.. Enumerable.Range(0, groups)];
        Array.Sort((long[])[.. items.Select((list, group) => ((long)list.Length << 32) | (uint)group)], Order);
        if (!fewestFirst)
            Array.Reverse(Order);
        _items = [.. Order.Select(group => items[group])];
        _reducedCosts = [.. Order.Select(group => ReducedCosts(priced, items[group], leastPriced[group]))];
        _rest = new double[groups][];
        _least = new long[groups + 1][];
        _most = new long[groups + 1][];
        _least[groups] = new long[rows.Length];
        _most[groups] = new long[rows.Length];
        for (int stage = groups - 1; stage >= 0; stage--)
        {
            _least[stage] = [.. _least[stage + 1]];
            _most[stage] = [.. _most[stage + 1]];
            for (int i = 0; i < rows.Length && _items[stage].Length > 0; i++)
            {
                long[] costs = model.Costs[rows[i]];
                (long least, long most) = (long.MaxValue, 0);
                foreach (int item in _items[stage])
                    (least, most) = (Math.Min(least, costs[item]), Math.Max(most, costs[item]));
                _least[stage][i] += least;
                _most[stage][i] += most;
            }
        }
        double[] done = [.. bounds];
        for (int stage = 0; stage < groups; stage++)
        {
            _rest[stage] = [.. done];
            for (int q = 0; q < done.Length; q++)
                done[q] -= leastPriced[Order[stage]][q];
        }
    }

    /// <summary>Gets the group of each stage, by number of candidates.</summary>
    public int[] Order { get; }

    /// <summary>Extends every label by every item of a stage that may end below the threshold; false when that makes too many labels or takes too long.</summary>
    public bool Extend(int stage, LabelSet labels, LabelSet extended, long limit, SearchLimits limits)
    {
        int count = _allPrices.Length;
        int[] items = _items[stage];
        double[] reducedCosts = _reducedCosts[stage];
        Span<double> room = stackalloc double[count];
        for (int label = 0; label < labels.Count; label++)
        {
            double score = labels.Scores[label] * _model.ScoreUnit;
            for (int q = 0; q < count; q++)
            {
                double value = _rest[stage][q] + score;
                for (int i = 0; i < _rows.Length; i++)
                    value += _allPrices[q][i] * labels.Costs[i][label];
                room[q] = _threshold - value;
            }
            for (int candidate = 0; candidate < items.Length; candidate++)
            {
                ReadOnlySpan<double> reduced = reducedCosts.AsSpan(candidate * count, count);
                if (reduced[0] > room[0])
                    break;
                if (CanEndBelow(stage, labels, label, items[candidate], reduced, room))
                    Add(labels, label, items[candidate], extended);
            }
            if (extended.Count > limit || (label % SearchLimits.Often == SearchLimits.Often - 1 && limits.ShouldStop()))
                return false;
        }
        return true;
    }

    /// <summary>Gives the items of a stage that may end below the threshold.</summary>
    public ReadOnlySpan<int> Items(int stage) => _items[stage];

    /// <summary>Keeps the labels whose priced sums are least.</summary>
    public void Trim(LabelSet labels, int width)
    {
        var priced = new double[labels.Count];
        for (int label = 0; label < priced.Length; label++)
        {
            priced[label] = labels.Scores[label] * _model.ScoreUnit;
            for (int i = 0; i < _rows.Length; i++)
                priced[label] += _prices[i] * labels.Costs[i][label];
        }
        int[] kept = [.. Enumerable.Range(0, priced.Length)];
        Array.Sort(priced, kept);
        Array.Sort(kept, 0, width);
        labels.Keep(kept.AsSpan(0, width));
    }

    private bool CanEndBelow(int stage, LabelSet labels, int label, int item, ReadOnlySpan<double> reduced, ReadOnlySpan<double> room)
    {
        for (int q = 1; q < room.Length; q++)
        {
            if (reduced[q] > room[q])
                return false;
        }
        double unused = 0;
        for (int i = 0; i < _rows.Length; i++)
        {
            int row = _rows[i];
            long left = _model.Limits[row] - labels.Costs[i][label] - _model.Costs[row][item];
            if (left < _least[stage + 1][i])
                return false;
            if (left > _most[stage + 1][i])
                unused += _prices[i] * (left - _most[stage + 1][i]);
        }
        return reduced[0] + unused <= room[0];
    }

    private void Add(LabelSet labels, int label, int item, LabelSet extended)
    {
        int added = extended.Add();
        extended.Scores[added] = labels.Scores[label] + _model.Scores[item];
        extended.Ties[added] = labels.Ties[label] + _model.Ties[item];
        extended.Parents[added] = label;
        extended.Items[added] = item;
        for (int i = 0; i < _rows.Length; i++)
            extended.Costs[i][added] = labels.Costs[i][label] + _model.Costs[_rows[i]][item];
    }

    /// <summary>Gives each item's score plus its costs at some prices.</summary>
    private double[] Priced(double[] prices)
    {
        var priced = new double[_model.Scores.Length];
        for (int item = 0; item < priced.Length; item++)
        {
            double value = _model.Scores[item] * _model.ScoreUnit;
            for (int i = 0; i < _rows.Length; i++)
                value += prices[i] * _model.Costs[_rows[i]][item];
            priced[item] = value;
        }
        return priced;
    }

    private static double[] LeastPriced(double[][] priced, int from, int to)
    {
        var least = new double[priced.Length];
        for (int q = 0; q < least.Length; q++)
        {
            least[q] = double.PositiveInfinity;
            for (int item = from; item < to; item++)
                least[q] = Math.Min(least[q], priced[q][item]);
        }
        return least;
    }

    private int[] Candidates(double[][] priced, int from, int to, double[] leastPriced, double[] bounds)
    {
        var candidates = new List<int>();
        for (int item = from; item < to; item++)
        {
            bool isCandidate = true;
            for (int q = 0; q < bounds.Length && isCandidate; q++)
                isCandidate = bounds[q] + priced[q][item] - leastPriced[q] <= _threshold;
            if (isCandidate)
                candidates.Add(item);
        }
        int[] sorted = [.. candidates];
        Array.Sort(Array.ConvertAll(sorted, item => (priced[0][item], item)), sorted);
        return sorted;
    }

    private static double[] ReducedCosts(double[][] priced, int[] items, double[] leastPriced)
    {
        var reduced = new double[items.Length * leastPriced.Length];
        for (int i = 0; i < items.Length; i++)
        {
            for (int q = 0; q < leastPriced.Length; q++)
                reduced[(i * leastPriced.Length) + q] = priced[q][items[i]] - leastPriced[q];
        }
        return reduced;
    }
}
