namespace Puzzle.Search.Solving.Exact;

/// <summary>Prepares a label search below a threshold: prices the items, drops those that end above it, and orders the groups.</summary>
internal sealed class LabelStagesBuilder(ReducedModel reduced, FixedPointModel model, int[] rows, double threshold)
{
    /// <summary>Builds the stages.</summary>
    /// <param name="multipliers">Multipliers of all rows, the best first.</param>
    /// <param name="fewestFirst">Whether groups with few candidates come first.</param>
    public LabelStages Build(double[][] multipliers, bool fewestFirst)
    {
        double[][] prices = [.. multipliers.Select(prices => (double[])[.. rows.Select(row => prices[row] * model.CostUnits[row])])];
        double[][] priced = [.. prices.Select(Priced)];
        double[][] least = [.. priced.Select(values => GroupValues.Least(reduced.Start, values))];
        double[] bounds = [.. prices.Select((price, q) => Bound(price, least[q]))];

        int[][] candidates = [.. Enumerable.Range(0, reduced.Groups).Select(group => Candidates(group, priced, least, bounds))];
        int[] order = Order(candidates, fewestFirst);
        int[][] items = [.. order.Select(group => candidates[group])];
        (long[][] leastCosts, long[][] mostCosts) = CostsToCome(items);
        return new LabelStages
        {
            Model = model,
            Rows = rows,
            Threshold = threshold,
            Prices = prices,
            Order = order,
            Items = items,
            ReducedCosts = [.. order.Select(group => ReducedCosts(candidates[group], group, priced, least))],
            Rest = Rest(order, least, bounds),
            Least = leastCosts,
            Most = mostCosts,
        };
    }

    /// <summary>Gives each item's score plus its costs at some prices, from the whole numbers that labels add up.</summary>
    private double[] Priced(double[] prices)
    {
        var priced = new double[model.Scores.Length];
        for (int item = 0; item < priced.Length; item++)
        {
            double value = model.Scores[item] * model.ScoreUnit;
            for (int i = 0; i < rows.Length; i++)
                value += prices[i] * model.Costs[rows[i]][item];
            priced[item] = value;
        }
        return priced;
    }

    private double Bound(double[] prices, double[] least)
    {
        double bound = model.ScoreOf(0);
        for (int i = 0; i < rows.Length; i++)
            bound -= prices[i] * model.Limits[rows[i]];
        foreach (double value in least)
            bound += value;
        return bound;
    }

    private int[] Candidates(int group, double[][] priced, double[][] least, double[] bounds)
    {
        var candidates = new List<int>();
        for (int item = reduced.Start[group]; item < reduced.Start[group + 1]; item++)
        {
            bool isCandidate = true;
            for (int q = 0; q < bounds.Length && isCandidate; q++)
                isCandidate = bounds[q] + priced[q][item] - least[q][group] <= threshold;
            if (isCandidate)
                candidates.Add(item);
        }
        int[] sorted = [.. candidates];
        GroupValues.Order(sorted, priced[0]);
        return sorted;
    }

    private static int[] Order(int[][] candidates, bool fewestFirst)
    {
        int[] order = [.. Enumerable.Range(0, candidates.Length)];
        Array.Sort((long[])[.. candidates.Select((list, group) => ((long)list.Length << 32) | (uint)group)], order);
        if (!fewestFirst)
            Array.Reverse(order);
        return order;
    }

    private static double[] ReducedCosts(int[] items, int group, double[][] priced, double[][] least)
    {
        var costs = new double[items.Length * priced.Length];
        for (int i = 0; i < items.Length; i++)
        {
            for (int q = 0; q < priced.Length; q++)
                costs[(i * priced.Length) + q] = priced[q][items[i]] - least[q][group];
        }
        return costs;
    }

    /// <summary>
    /// Gives by stage what is added to a label's priced sums: the bound without what the groups decided before contribute to it.
    /// </summary>
    private static double[][] Rest(int[] order, double[][] least, double[] bounds)
    {
        var rest = new double[order.Length][];
        double[] done = [.. bounds];
        for (int stage = 0; stage < order.Length; stage++)
        {
            rest[stage] = [.. done];
            for (int q = 0; q < done.Length; q++)
                done[q] -= least[q][order[stage]];
        }
        return rest;
    }

    private (long[][] Least, long[][] Most) CostsToCome(int[][] items)
    {
        var least = new long[items.Length + 1][];
        var most = new long[items.Length + 1][];
        least[items.Length] = new long[rows.Length];
        most[items.Length] = new long[rows.Length];
        for (int stage = items.Length - 1; stage >= 0; stage--)
        {
            least[stage] = [.. least[stage + 1]];
            most[stage] = [.. most[stage + 1]];
            for (int i = 0; i < rows.Length && items[stage].Length > 0; i++)
            {
                long[] costs = model.Costs[rows[i]];
                (long smallest, long largest) = (long.MaxValue, 0);
                foreach (int item in items[stage])
                    (smallest, largest) = (Math.Min(smallest, costs[item]), Math.Max(largest, costs[item]));
                least[stage][i] += smallest;
                most[stage][i] += largest;
            }
        }
        return (least, most);
    }
}
