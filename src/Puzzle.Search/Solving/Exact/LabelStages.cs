namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// The groups of a <see cref="LabelSearch"/> in the order it decides them, the items that may end below the threshold,
/// and what the groups still to come can add.
/// </summary>
internal sealed class LabelStages
{
    /// <summary>Gets the model in whole numbers.</summary>
    public required FixedPointModel Model { get; init; }

    /// <summary>Gets the rows that count.</summary>
    public required int[] Rows { get; init; }

    /// <summary>Gets the largest value of interest, rounding allowed for.</summary>
    public required double Threshold { get; init; }

    /// <summary>Gets what a unit of each row is worth, by multipliers and row; the best multipliers come first.</summary>
    public required double[][] Prices { get; init; }

    /// <summary>Gets the group of each stage.</summary>
    public required int[] Order { get; init; }

    /// <summary>Gets the items of each stage that may end below the threshold, best first.</summary>
    public required int[][] Items { get; init; }

    /// <summary>Gets by stage how far items are above the least of their group; multipliers vary fastest.</summary>
    public required double[][] ReducedCosts { get; init; }

    /// <summary>Gets by stage and multipliers what is added to a label's priced sums.</summary>
    public required double[][] Rest { get; init; }

    /// <summary>Gets by stage and row what it and later ones cost at least.</summary>
    public required long[][] Least { get; init; }

    /// <summary>Gets by stage and row what it and later ones cost at most.</summary>
    public required long[][] Most { get; init; }

    /// <summary>
    /// Extends every label by every item of a stage that may end below the threshold; false when that makes too many labels or takes
    /// too long.
    /// </summary>
    public bool Extend(int stage, LabelSet labels, LabelSet extended, int limit, SearchLimits limits)
    {
        int count = Prices.Length;
        int[] items = Items[stage];
        double[] reducedCosts = ReducedCosts[stage];
        Span<double> room = stackalloc double[count];
        for (int label = 0; label < labels.Count; label++)
        {
            FillRoom(stage, labels, label, room);
            for (int candidate = 0; candidate < items.Length; candidate++)
            {
                ReadOnlySpan<double> reduced = reducedCosts.AsSpan(candidate * count, count);
                if (reduced[0] > room[0])
                    break;
                if (CanEndBelow(stage, labels, label, items[candidate], reduced, room))
                    Add(labels, label, items[candidate], extended);
            }
            if (extended.Count > limit || limits.ShouldStop(label))
                return false;
        }
        return true;
    }

    /// <summary>Keeps the labels whose priced sums are least.</summary>
    public void Trim(LabelSet labels, int width)
    {
        double[] prices = Prices[0];
        var priced = new double[labels.Count];
        for (int label = 0; label < priced.Length; label++)
        {
            priced[label] = labels.Scores[label] * Model.ScoreUnit;
            for (int i = 0; i < Rows.Length; i++)
                priced[label] += prices[i] * labels.Costs[i][label];
        }
        int[] kept = [.. Enumerable.Range(0, priced.Length)];
        Array.Sort(priced, kept);
        Array.Sort(kept, 0, width);
        labels.Keep(kept.AsSpan(0, width));
    }

    /// <summary>Gives how far a label is below the threshold, at each of the multipliers.</summary>
    private void FillRoom(int stage, LabelSet labels, int label, Span<double> room)
    {
        double score = labels.Scores[label] * Model.ScoreUnit;
        double[] rest = Rest[stage];
        for (int q = 0; q < room.Length; q++)
        {
            double value = rest[q] + score;
            double[] prices = Prices[q];
            for (int i = 0; i < prices.Length; i++)
                value += prices[i] * labels.Costs[i][label];
            room[q] = Threshold - value;
        }
    }

    private bool CanEndBelow(int stage, LabelSet labels, int label, int item, ReadOnlySpan<double> reduced, ReadOnlySpan<double> room)
    {
        for (int q = 1; q < room.Length; q++)
        {
            if (reduced[q] > room[q])
                return false;
        }
        double unused = 0;
        for (int i = 0; i < Rows.Length; i++)
        {
            int row = Rows[i];
            long left = Model.Limits[row] - labels.Costs[i][label] - Model.Costs[row][item];
            if (left < Least[stage + 1][i])
                return false;
            if (left > Most[stage + 1][i])
                unused += Prices[0][i] * (left - Most[stage + 1][i]);
        }
        return reduced[0] + unused <= room[0];
    }

    private void Add(LabelSet labels, int label, int item, LabelSet extended)
    {
        int added = extended.Add();
        extended.Scores[added] = labels.Scores[label] + Model.Scores[item];
        extended.Ties[added] = labels.Ties[label] + Model.Ties[item];
        extended.Parents[added] = label;
        extended.Items[added] = item;
        for (int i = 0; i < Rows.Length; i++)
            extended.Costs[i][added] = labels.Costs[i][label] + Model.Costs[Rows[i]][item];
    }
}
