namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Keeps the labels that no other one beats in score (tie included) and in every cost: complete for one or two rows,
/// for more rows complete among labels of equal costs and partial otherwise.
/// </summary>
internal sealed class LabelDominance(int rows, int window)
{
    private readonly List<int> _front = [];
    private long[] _keys = [];
    private int[] _order = [];

    public void Reduce(LabelSet labels, LabelSet kept, CancellationToken cancellationToken)
    {
        kept.Clear();
        if (labels.Count == 0)
            return;
        Sort(labels);
        cancellationToken.ThrowIfCancellationRequested();
        if (rows <= 1)
            Sweep(labels, kept);
        else if (rows == 2)
            Staircase(labels, kept);
        else
            Compare(labels, kept);
    }

    private void Sort(LabelSet labels)
    {
        int count = labels.Count;
        if (_order.Length < count)
        {
            _order = new int[Math.Max(count, 2 * _order.Length)];
            _keys = new long[_order.Length];
        }
        long[] first = rows == 0 ? labels.Scores : labels.Costs[0];
        Array.Copy(first, _keys, count);
        for (int i = 0; i < count; i++)
            _order[i] = i;
        Array.Sort(_keys, _order, 0, count);
        for (int start = 0; start < count;)
        {
            int end = start + 1;
            while (end < count && _keys[end] == _keys[start])
                end++;
            if (end - start > 1)
                _order.AsSpan(start, end - start).Sort((left, right) => Order(labels, left, right));
            start = end;
        }
    }

    private int Order(LabelSet labels, int left, int right)
    {
        for (int row = 1; row < rows; row++)
        {
            int byCost = labels.Costs[row][left].CompareTo(labels.Costs[row][right]);
            if (byCost != 0)
                return byCost;
        }
        int byScore = labels.Scores[left].CompareTo(labels.Scores[right]);
        return byScore != 0 ? byScore : labels.Ties[left].CompareTo(labels.Ties[right]);
    }

    /// <summary>One row: in order of cost, only ever better scores.</summary>
    private void Sweep(LabelSet labels, LabelSet kept)
    {
        int best = -1;
        for (int i = 0; i < labels.Count; i++)
        {
            int label = _order[i];
            if (best >= 0 && labels.IsBetter(best, label))
                continue;
            best = label;
            kept.Append(labels, label);
            if (rows == 0)
                return;
        }
    }

    /// <summary>Two rows: in order of the first cost, a front of second costs against scores.</summary>
    private void Staircase(LabelSet labels, LabelSet kept)
    {
        long[] second = labels.Costs[1];
        _front.Clear(); // second cost rising, score falling
        for (int i = 0; i < labels.Count; i++)
        {
            int label = _order[i];
            int place = UpperBound(second, second[label]);
            if (place > 0 && labels.IsBetter(_front[place - 1], label))
                continue;
            kept.Append(labels, label);
            int end = place;
            while (end < _front.Count && labels.IsBetter(label, _front[end]))
                end++;
            int from = place > 0 && second[_front[place - 1]] == second[label] ? place - 1 : place;
            if (end > from)
            {
                _front[from] = label;
                _front.RemoveRange(from + 1, end - from - 1);
            }
            else
            {
                _front.Insert(from, label);
            }
        }
    }

    private int UpperBound(long[] second, long value)
    {
        int low = 0;
        int high = _front.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (second[_front[middle]] <= value)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private void Compare(LabelSet labels, LabelSet kept)
    {
        _front.Clear();
        for (int i = 0; i < labels.Count; i++)
        {
            int label = _order[i];
            bool beaten = false;
            for (int j = _front.Count - 1; j >= Math.Max(0, _front.Count - window) && !beaten; j--)
                beaten = labels.IsBetter(_front[j], label) && IsCheaper(labels, _front[j], label);
            if (beaten)
                continue;
            kept.Append(labels, label);
            _front.Add(label);
        }
    }

    private bool IsCheaper(LabelSet labels, int label, int other)
    {
        for (int row = 1; row < rows; row++)
        {
            if (labels.Costs[row][label] > labels.Costs[row][other])
                return false;
        }
        return true;
    }
}
