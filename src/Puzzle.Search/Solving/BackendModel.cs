namespace Puzzle.Search.Solving;

/// <summary>
/// A choice model as a mixed-integer solver gets it: without items that alone exceed a row and rows that cannot bind, all
/// numbers above the least of their group. So no number is larger than what can differ, and solvers' absolute tolerances can
/// be made relative to that.
/// </summary>
internal sealed class BackendModel
{
    public required ChoiceModel Source { get; init; }

    /// <summary>Gets the items that may be chosen, by their numbers in the source.</summary>
    public required int[] Items { get; init; }

    /// <summary>Gets the score of each of <see cref="Items"/>, not negative.</summary>
    public required double[] Scores { get; init; }

    /// <summary>Gets what was taken off a choice's summed score.</summary>
    public required double Offset { get; init; }

    /// <summary>Gets the largest sum of <see cref="Scores"/>: how far two choices can differ.</summary>
    public required double Spread { get; init; }

    /// <summary>Gets the rows that can bind; no cost is negative or above its row's limit.</summary>
    public required ChoiceRow[] Rows { get; init; }

    /// <summary>Gets the largest total of each row.</summary>
    public required double[] RowTotals { get; init; }

    /// <summary>Gives the model; null when some row cannot be met or some group has no item that fits.</summary>
    public static BackendModel? Build(ChoiceModel model)
    {
        var usable = new bool[model.Items];
        Array.Fill(usable, true);
        var rows = new List<(double[] Costs, double Limit)>();
        int before;
        do
        {
            before = usable.AsSpan().Count(true);
            rows.Clear();
            foreach (ChoiceRow row in model.Rows)
            {
                if (GroupMinima.Find(model, row.Costs, usable) is not { } minima || row.Limit - minima.Sum() is var limit && limit < 0)
                    return null;
                double[] costs = GroupMinima.Above(model, row.Costs, minima);
                for (int item = 0; item < costs.Length; item++)
                    usable[item] &= costs[item] <= limit;
                rows.Add((costs, limit));
            }
        }
        while (usable.AsSpan().Count(true) < before);
        if (GroupMinima.Find(model, model.Scores, usable) is not { } scores)
            return null;
        rows.RemoveAll(row => GroupMinima.LargestTotal(model, row.Costs, usable) <= row.Limit);
        return Build(model, usable, rows, scores);
    }

    /// <summary>Gives the groups that one of <see cref="Items"/> covers.</summary>
    public IEnumerable<int> Covers(int place) => Enumerable.Range(Source.GroupOf[Items[place]], Source.Span(Items[place]));

    private static BackendModel Build(ChoiceModel model, bool[] usable, List<(double[] Costs, double Limit)> rows, double[] minima)
    {
        int[] items = [.. Enumerable.Range(0, model.Items).Where(item => usable[item])];
        double[] scores = GroupMinima.Above(model, model.Scores, minima);
        double[] Pick(double[] values) => Array.ConvertAll(items, item => values[item]);
        return new BackendModel
        {
            Source = model,
            Items = items,
            Scores = Pick(scores),
            Offset = minima.Sum(),
            Spread = GroupMinima.LargestTotal(model, scores, usable),
            Rows = [.. rows.Select(row => new ChoiceRow(Pick(row.Costs), row.Limit))],
            RowTotals = [.. rows.Select(row => GroupMinima.LargestTotal(model, row.Costs, usable))],
        };
    }
}
