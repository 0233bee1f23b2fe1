namespace Puzzle.Search.Solving.Exact;

/// <summary>Finds a good choice quickly: the cheapest ones at raised multipliers, improved by single changes.</summary>
internal static class StartingChoice
{
    /// <summary>Finds a choice (item of each group) that meets every row, or null.</summary>
    public static int[]? Find(ReducedModel model, double[] multipliers, ExactTuning tuning)
    {
        int[]? best = null;
        double bestScore = double.PositiveInfinity;
        int found = 0;
        foreach (double raise in tuning.StartRaises)
        {
            double[] raised = Array.ConvertAll(multipliers, multiplier => multiplier * raise);
            int[] choice = GroupValues.LeastItems(model.Start, model.Priced(raised));
            double[] room = Room(model, choice);
            if (room.Any(left => left < 0))
                continue;
            Improve(model, choice, room);
            double score = choice.Sum(item => model.Scores[item]);
            if (score < bestScore)
                (best, bestScore) = (choice, score);
            if (++found == tuning.Starts)
                break;
        }
        return best;
    }

    private static double[] Room(ReducedModel model, int[] choice)
    {
        var room = new double[model.Rows];
        for (int row = 0; row < room.Length; row++)
        {
            room[row] = model.Limits[row];
            foreach (int item in choice)
                room[row] -= model.Costs[row][item];
        }
        return room;
    }

    /// <summary>Takes the single change that helps most until none does.</summary>
    private static void Improve(ReducedModel model, int[] choice, double[] room)
    {
        while (BestChange(model, choice, room) is { } change)
        {
            for (int row = 0; row < room.Length; row++)
                room[row] -= model.Costs[row][change.Item] - model.Costs[row][choice[change.Group]];
            choice[change.Group] = change.Item;
        }
    }

    private static (int Group, int Item)? BestChange(ReducedModel model, int[] choice, double[] room)
    {
        (int, int)? best = null;
        double bestGain = 0;
        for (int group = 0; group < choice.Length; group++)
        {
            double score = model.Scores[choice[group]];
            for (int item = model.Start[group]; item < model.Start[group + 1]; item++)
            {
                double gain = score - model.Scores[item];
                if (gain > bestGain && Fits(model, choice[group], item, room))
                    (best, bestGain) = ((group, item), gain);
            }
        }
        return best;
    }

    private static bool Fits(ReducedModel model, int from, int to, double[] room)
    {
        for (int row = 0; row < room.Length; row++)
        {
            if (model.Costs[row][to] - model.Costs[row][from] > room[row])
                return false;
        }
        return true;
    }
}
