namespace Puzzle.Search.Solving.Exact;

/// <summary>The best ways to complete a partial choice: for each amount of costs left, the least sum.</summary>
/// <param name="scores">The sums, rising.</param>
/// <param name="costs">Their costs, by row; of one row falling.</param>
internal sealed class Completions(long[] scores, long[][] costs)
{
    /// <summary>Takes labels that no other beats in score (tie included) and costs.</summary>
    public static Completions Of(LabelSet labels, int rows)
    {
        int[] order = [.. Enumerable.Range(0, labels.Count)];
        if (rows == 1)
        {
            // Labels of equal score differ in tie: only in the order of costs do these fall as scores rise.
            Array.Sort(labels.Costs[0][..labels.Count], order);
            Array.Reverse(order);
        }
        else
        {
            Array.Sort(labels.Scores[..labels.Count], order);
        }
        long[][] costs = [.. Enumerable.Range(0, rows).Select(row => Array.ConvertAll(order, label => labels.Costs[row][label]))];
        return new Completions(Array.ConvertAll(order, label => labels.Scores[label]), costs);
    }

    /// <summary>Gives the least sum whose costs fit, if it is at most a cap.</summary>
    public bool TryFind(ReadOnlySpan<long> room, long cap, out long score)
    {
        // With one row the first that fits is the best.
        for (int place = costs.Length == 1 ? FirstWithin(costs[0], room[0]) : 0; place < scores.Length && scores[place] <= cap; place++)
        {
            if (Fits(place, room))
            {
                score = scores[place];
                return true;
            }
        }
        score = 0;
        return false;
    }

    private static int FirstWithin(long[] falling, long room)
    {
        int low = 0;
        int high = falling.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (falling[middle] <= room)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    private bool Fits(int place, ReadOnlySpan<long> room)
    {
        for (int row = 0; row < costs.Length; row++)
        {
            if (costs[row][place] > room[row])
                return false;
        }
        return true;
    }
}
