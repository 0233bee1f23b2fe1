namespace Puzzle.Search.Solving.Exact;

/// <summary>The best ways to complete a partial choice: for each amount of costs left, the least sum.</summary>
internal sealed class Completions
{
    private readonly long[] _scores; // rising
    private readonly long[][] _costs;

    public Completions(LabelSet labels, int rows)
    {
        int[] order = [.. Enumerable.Range(0, labels.Count)];
        Array.Sort(labels.Scores[..labels.Count], order);
        if (rows == 1)
        {
            // Labels of equal score differ in tie: only in the order of costs do these fall as scores rise.
            Array.Sort(labels.Costs[0][..labels.Count], order = [.. Enumerable.Range(0, labels.Count)]);
            Array.Reverse(order);
        }
        _scores = [.. order.Select(label => labels.Scores[label])];
        _costs = [.. Enumerable.Range(0, rows).Select(row => (long[])[.. order.Select(label => labels.Costs[row][label])])];
    }

    /// <summary>Gives the least sum whose costs fit, if it is at most a cap.</summary>
    public bool TryFind(ReadOnlySpan<long> room, long cap, out long score)
    {
        int low = 0;
        if (_costs.Length == 1)
        {
            // With one row costs fall as scores rise: the first that fits is the best.
            long[] costs = _costs[0];
            int high = _scores.Length;
            while (low < high)
            {
                int middle = (low + high) >>> 1;
                if (costs[middle] <= room[0])
                    high = middle;
                else
                    low = middle + 1;
            }
        }
        for (; low < _scores.Length && _scores[low] <= cap; low++)
        {
            bool fits = true;
            for (int row = 0; row < _costs.Length && fits; row++)
                fits = _costs[row][low] <= room[row];
            if (fits)
            {
                score = _scores[low];
                return true;
            }
        }
        score = 0;
        return false;
    }
}
