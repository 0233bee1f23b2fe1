namespace Puzzle.Search.Solving.Exact;

/// <summary>Removes rows that cannot bind, items that cannot fit, and items that another of their group beats in everything.</summary>
internal static class Reduction
{
    private const int FullComparisons = 512;

    /// <summary>Reduces a model; null when some group has no item that fits or some row cannot be met at all.</summary>
    public static ReducedModel? Reduce(ChoiceModel model, CancellationToken cancellationToken = default)
    {
        var alive = new bool[model.Items];
        Array.Fill(alive, true);
        List<(int Row, double[] Costs, double Limit)>? rows;
        int before;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            before = alive.AsSpan().Count(true);
            rows = ShiftAndFit(model, alive);
            if (rows is null)
                return null;
        }
        while (alive.AsSpan().Count(true) < before);

        rows.RemoveAll(row => !CanBind(model, row.Costs, row.Limit, alive));
        RemoveDominated(model, rows, alive, cancellationToken);
        return Build(model, rows, alive);
    }

    /// <summary>Shifts each row by its group minima and drops items that alone exceed it.</summary>
    private static List<(int Row, double[] Costs, double Limit)>? ShiftAndFit(ChoiceModel model, bool[] alive)
    {
        var rows = new List<(int, double[], double)>(model.Rows.Length);
        for (int row = 0; row < model.Rows.Length; row++)
        {
            double[] source = model.Rows[row].Costs;
            double limit = model.Rows[row].Limit;
            var costs = new double[source.Length];
            for (int group = 0; group < model.Groups; group++)
            {
                double least = double.PositiveInfinity;
                for (int item = model.GroupStart[group]; item < model.GroupStart[group + 1]; item++)
                    least = alive[item] ? Math.Min(least, source[item]) : least;
                if (double.IsPositiveInfinity(least))
                    return null;
                limit -= least;
                for (int item = model.GroupStart[group]; item < model.GroupStart[group + 1]; item++)
                    costs[item] = source[item] - least;
            }
            if (limit < 0)
                return null;
            for (int item = 0; item < costs.Length; item++)
                alive[item] &= costs[item] <= limit;
            rows.Add((row, costs, limit));
        }
        for (int group = 0; group < model.Groups; group++)
        {
            if (!alive.AsSpan(model.GroupStart[group], model.GroupStart[group + 1] - model.GroupStart[group]).Contains(true))
                return null;
        }
        return rows;
    }

    private static bool CanBind(ChoiceModel model, double[] costs, double limit, bool[] alive)
    {
        double most = 0;
        for (int group = 0; group < model.Groups; group++)
        {
            double largest = 0;
            for (int item = model.GroupStart[group]; item < model.GroupStart[group + 1]; item++)
                largest = alive[item] ? Math.Max(largest, costs[item]) : largest;
            most += largest;
        }
        return most > limit;
    }

    private static void RemoveDominated(ChoiceModel model, List<(int Row, double[] Costs, double Limit)> rows, bool[] alive, CancellationToken cancellationToken)
    {
        var kept = new List<int>();
        for (int group = 0; group < model.Groups; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int start = model.GroupStart[group];
            int[] order = Alive(alive, start, model.GroupStart[group + 1]);
            Array.Sort(Array.ConvertAll(order, item => (model.Scores[item], item)), order);
            if (rows.Count == 1)
            {
                RemoveCostlier(rows[0].Costs, order, alive);
                continue;
            }
            kept.Clear();
            foreach (int item in order)
            {
                for (int i = 0; i < Math.Min(kept.Count, FullComparisons) && alive[item]; i++)
                    alive[item] = !IsCheaper(rows, kept[i], item);
                if (alive[item])
                    kept.Add(item);
            }
        }
    }

    private static int[] Alive(bool[] alive, int from, int to)
    {
        var items = new List<int>(to - from);
        for (int item = from; item < to; item++)
        {
            if (alive[item])
                items.Add(item);
        }
        return [.. items];
    }

    /// <summary>One row: as scores rise, costs must fall.</summary>
    private static void RemoveCostlier(double[] costs, int[] order, bool[] alive)
    {
        double least = double.PositiveInfinity;
        foreach (int item in order)
        {
            alive[item] = costs[item] < least;
            least = Math.Min(least, costs[item]);
        }
    }

    private static bool IsCheaper(List<(int Row, double[] Costs, double Limit)> rows, int better, int item)
    {
        foreach ((_, double[] costs, _) in rows)
        {
            if (costs[better] > costs[item])
                return false;
        }
        return true;
    }

    private static ReducedModel Build(ChoiceModel model, List<(int Row, double[] Costs, double Limit)> rows, bool[] alive)
    {
        int[] items = Alive(alive, 0, model.Items);
        var start = new int[model.Groups + 1];
        foreach (int item in items)
            start[model.GroupOf[item] + 1]++;
        for (int group = 0; group < model.Groups; group++)
            start[group + 1] += start[group];
        double[] scales = [.. rows.Select(row => FixedPoint.Scale(items.Max(item => row.Costs[item]), 1))];
        return new ReducedModel
        {
            Start = start,
            Source = items,
            Scores = [.. items.Select(item => model.Scores[item])],
            Costs = [.. rows.Select((row, i) => (double[])[.. items.Select(item => row.Costs[item] * scales[i])])],
            Limits = [.. rows.Select((row, i) => row.Limit * scales[i])],
            SourceRow = [.. rows.Select(row => row.Row)],
            RowScale = scales,
            IsCounter = [.. rows.Select(row => model.Rows[row.Row].IsCounter)],
        };
    }
}
