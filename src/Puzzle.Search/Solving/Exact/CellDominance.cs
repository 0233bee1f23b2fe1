namespace Puzzle.Search.Solving.Exact;

/// <summary>Among labels of equal resources, keeps those that no other beats in score (tie included) and in every counter.</summary>
internal sealed class CellDominance(int resources, int rows, int comparisons)
{
    public int[] Keep(LabelSet labels, CancellationToken cancellationToken)
    {
        int[] order = [.. Enumerable.Range(0, labels.Count)];
        if (resources > 0)
            Array.Sort(labels.Costs[0][..labels.Count], order);
        var kept = new List<int>();
        for (int start = 0; start < order.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int end = start + 1;
            while (end < order.Length && (resources == 0 || labels.Costs[0][order[end]] == labels.Costs[0][order[start]]))
                end++;
            Span<int> run = order.AsSpan(start, end - start);
            run.Sort((left, right) => Order(labels, left, right));
            KeepBest(labels, run, kept);
            start = end;
        }
        return [.. kept];
    }

    private void KeepBest(LabelSet labels, ReadOnlySpan<int> run, List<int> kept)
    {
        int cell = kept.Count;
        for (int i = 0; i < run.Length; i++)
        {
            if (i > 0 && !SameResources(labels, run[i], run[i - 1]))
                cell = kept.Count;
            bool beaten = false;
            for (int j = cell; j < Math.Min(kept.Count, cell + comparisons) && !beaten; j++)
                beaten = CountsNoMore(labels, kept[j], run[i]);
            if (!beaten)
                kept.Add(run[i]);
        }
    }

    private int Order(LabelSet labels, int left, int right)
    {
        for (int row = 1; row < resources; row++)
        {
            int byCost = labels.Costs[row][left].CompareTo(labels.Costs[row][right]);
            if (byCost != 0)
                return byCost;
        }
        int byScore = labels.Scores[left].CompareTo(labels.Scores[right]);
        return byScore != 0 ? byScore : labels.Ties[left].CompareTo(labels.Ties[right]);
    }

    private bool SameResources(LabelSet labels, int left, int right)
    {
        for (int row = 0; row < resources; row++)
        {
            if (labels.Costs[row][left] != labels.Costs[row][right])
                return false;
        }
        return true;
    }

    private bool CountsNoMore(LabelSet labels, int label, int other)
    {
        for (int row = resources; row < rows; row++)
        {
            if (labels.Costs[row][label] > labels.Costs[row][other])
                return false;
        }
        return true;
    }
}
