namespace Puzzle.Search.Solving.Exact;

/// <summary>Finds a good choice quickly: the cheapest ones at raised multipliers, improved by single changes.</summary>
internal static class StartingChoice
{
    private static readonly double[] Raises = [1, 1.01, 1.03, 1.1, 1.3, 1.7, 3, 10, 100];

    private const int Enough = 2;

    /// <summary>Finds a choice (item of each group) that meets every row, or null.</summary>
    public static int[]? Find(ReducedModel model, double[] multipliers)
    {
        int[]? best = null;
        double bestScore = double.PositiveInfinity;
        int found = 0;
        foreach (double raise in Raises)
        {
            int[]? choice = Cheapest(model, [.. multipliers.Select(multiplier => multiplier * raise)]);
            if (choice is null)
                continue;
            Improve(model, choice);
            double score = choice.Sum(item => model.Scores[item]);
            if (score < bestScore)
                (best, bestScore) = (choice, score);
            if (++found == Enough)
                break;
        }
        return best;
    }

    private static int[]? Cheapest(ReducedModel model, double[] multipliers)
    {
        var choice = new int[model.Groups];
        for (int group = 0; group < choice.Length; group++)
        {
            double least = double.PositiveInfinity;
            for (int item = model.Start[group]; item < model.Start[group + 1]; item++)
            {
                double priced = LagrangianBound.PricedScore(model, multipliers, item);
                if (priced < least)
                    (choice[group], least) = (item, priced);
            }
        }
        return Enumerable.Range(0, model.Rows).All(row => Room(model, choice, row) >= 0) ? choice : null;
    }

    private static double Room(ReducedModel model, int[] choice, int row)
    {
        double room = model.Limits[row];
        foreach (int item in choice)
            room -= model.Costs[row][item];
        return room;
    }

    /// <summary>Takes the single change that helps most until none does.</summary>
    private static void Improve(ReducedModel model, int[] choice)
    {
        double[] room = [.. Enumerable.Range(0, model.Rows).Select(row => Room(model, choice, row))];
        while (true)
        {
            int bestGroup = -1;
            int bestItem = -1;
            double bestGain = 0;
            for (int group = 0; group < choice.Length; group++)
            {
                for (int item = model.Start[group]; item < model.Start[group + 1]; item++)
                {
                    double gain = model.Scores[choice[group]] - model.Scores[item];
                    if (gain <= bestGain)
                        continue;
                    bool fits = true;
                    for (int row = 0; row < room.Length && fits; row++)
                        fits = model.Costs[row][item] - model.Costs[row][choice[group]] <= room[row];
                    if (fits)
                        (bestGroup, bestItem, bestGain) = (group, item, gain);
                }
            }
            if (bestGroup < 0)
                return;
            for (int row = 0; row < room.Length; row++)
                room[row] -= model.Costs[row][bestItem] - model.Costs[row][choice[bestGroup]];
            choice[bestGroup] = bestItem;
        }
    }
}
