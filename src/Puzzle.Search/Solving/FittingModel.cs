namespace Puzzle.Search.Solving;

/// <summary>What of a choice model can be chosen at all, and the rows that can bind, their costs above the least of each group.</summary>
/// <param name="Usable">Says for each item whether it exceeds no row alone.</param>
/// <param name="Rows">The rows that can bind.</param>
/// <param name="ScoreMinima">The least score of each group.</param>
internal sealed record FittingModel(bool[] Usable, List<FittingRow> Rows, double[] ScoreMinima)
{
    /// <summary>Gives what fits; null when some row cannot be met or some group has no item that fits.</summary>
    public static FittingModel? Build(ChoiceModel model, CancellationToken cancellationToken)
    {
        var usable = new bool[model.Items];
        Array.Fill(usable, true);
        var rows = new List<FittingRow>(model.Rows.Length);
        for (bool isDone = false; !isDone;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int before = usable.AsSpan().Count(true);
            rows.Clear();
            for (int row = 0; row < model.Rows.Length; row++)
            {
                if (ShiftAndDrop(model, row, usable) is not { } fitting)
                    return null;
                rows.Add(fitting);
            }
            isDone = usable.AsSpan().Count(true) == before;
        }
        rows.RemoveAll(row => GroupMinima.LargestTotal(model, row.Costs, usable) <= row.Limit);
        return GroupMinima.Find(model, model.Scores, usable) is { } minima ? new FittingModel(usable, rows, minima) : null;
    }

    /// <summary>Shifts a row by its group minima and drops the items that alone exceed it; null when it cannot be met.</summary>
    private static FittingRow? ShiftAndDrop(ChoiceModel model, int row, bool[] usable)
    {
        double[] source = model.Rows[row].Costs;
        if (GroupMinima.Find(model, source, usable) is not { } minima)
            return null;
        double limit = model.Rows[row].Limit;
        foreach (double least in minima)
            limit -= least;
        if (limit < 0)
            return null;
        double[] costs = GroupMinima.Above(model, source, minima);
        for (int item = 0; item < costs.Length; item++)
            usable[item] &= costs[item] <= limit;
        return new FittingRow(row, costs, limit);
    }
}
