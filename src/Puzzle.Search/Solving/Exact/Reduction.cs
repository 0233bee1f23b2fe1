namespace Puzzle.Search.Solving.Exact;

/// <summary>Removes rows that cannot bind, items that cannot fit, and items that another of their group beats in everything.</summary>
internal static class Reduction
{
    /// <summary>Reduces a model; null when some group has no item that fits or some row cannot be met at all.</summary>
    public static ReducedModel? Reduce(ChoiceModel model, ExactTuning tuning, CancellationToken cancellationToken)
    {
        if (FittingModel.Build(model, cancellationToken) is not { } fitting)
            return null;
        RemoveDominated(model, fitting, tuning.ItemComparisons, cancellationToken);
        return Build(model, fitting);
    }

    private static void RemoveDominated(ChoiceModel model, FittingModel fitting, int comparisons, CancellationToken cancellationToken)
    {
        var kept = new List<int>();
        for (int group = 0; group < model.Groups; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] order = Usable(fitting.Usable, model.GroupStart[group], model.GroupStart[group + 1]);
            GroupValues.Order(order, model.Scores);
            if (fitting.Rows is [{ } single])
            {
                RemoveCostlier(single.Costs, order, fitting.Usable);
                continue;
            }
            kept.Clear();
            foreach (int item in order)
            {
                for (int i = 0; i < Math.Min(kept.Count, comparisons) && fitting.Usable[item]; i++)
                    fitting.Usable[item] = !IsCheaper(fitting.Rows, kept[i], item);
                if (fitting.Usable[item])
                    kept.Add(item);
            }
        }
    }

    private static int[] Usable(bool[] usable, int from, int to)
    {
        var items = new List<int>(to - from);
        for (int item = from; item < to; item++)
        {
            if (usable[item])
                items.Add(item);
        }
        return [.. items];
    }

    /// <summary>One row: as scores rise, costs must fall.</summary>
    private static void RemoveCostlier(double[] costs, int[] order, bool[] usable)
    {
        double least = double.PositiveInfinity;
        foreach (int item in order)
        {
            usable[item] = costs[item] < least;
            least = Math.Min(least, costs[item]);
        }
    }

    private static bool IsCheaper(List<FittingRow> rows, int better, int item)
    {
        foreach (FittingRow row in rows)
        {
            if (row.Costs[better] > row.Costs[item])
                return false;
        }
        return true;
    }

    private static ReducedModel Build(ChoiceModel model, FittingModel fitting)
    {
        int[] items = Usable(fitting.Usable, 0, model.Items);
        var start = new int[model.Groups + 1];
        foreach (int item in items)
            start[model.GroupOf[item] + 1]++;
        for (int group = 0; group < model.Groups; group++)
            start[group + 1] += start[group];
        (double[] scores, double scoreScale) = Scaled(GroupMinima.Above(model, model.Scores, fitting.ScoreMinima), items);
        (double[] Costs, double Scale)[] rows = [.. fitting.Rows.Select(row => Scaled(row.Costs, items))];
        return new ReducedModel
        {
            Start = start,
            Source = items,
            Scores = scores,
            ScoreScale = scoreScale,
            ScoreOffset = GroupValues.TotalOf(fitting.ScoreMinima),
            Costs = [.. rows.Select(row => row.Costs)],
            Limits = [.. rows.Select((row, i) => fitting.Rows[i].Limit * row.Scale)],
            SourceRow = [.. fitting.Rows.Select(row => row.Row)],
            RowScale = [.. rows.Select(row => row.Scale)],
            IsCounter = [.. fitting.Rows.Select(row => model.Rows[row.Row].IsCounter)],
        };
    }

    /// <summary>Scales the values of some items to at most about 1, by a power of two.</summary>
    private static (double[] Values, double Scale) Scaled(double[] values, int[] items)
    {
        double largest = 0;
        foreach (int item in items)
            largest = Math.Max(largest, values[item]);
        double scale = FixedPoint.Scale(largest, 1);
        var scaled = new double[items.Length];
        for (int i = 0; i < scaled.Length; i++)
            scaled[i] = values[items[i]] * scale;
        return (scaled, scale);
    }
}
