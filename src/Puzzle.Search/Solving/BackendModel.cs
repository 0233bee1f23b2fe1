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
    public static BackendModel? Build(ChoiceModel model, CancellationToken cancellationToken)
    {
        if (FittingModel.Build(model, cancellationToken) is not { } fitting)
            return null;
        int[] items = [.. Enumerable.Range(0, model.Items).Where(item => fitting.Usable[item])];
        double[] scores = GroupMinima.Above(model, model.Scores, fitting.ScoreMinima);
        double[] Pick(double[] values) => Array.ConvertAll(items, item => values[item]);
        return new BackendModel
        {
            Source = model,
            Items = items,
            Scores = Pick(scores),
            Offset = fitting.ScoreMinima.Sum(),
            Spread = GroupMinima.LargestTotal(model, scores, fitting.Usable),
            Rows = [.. fitting.Rows.Select(row => new ChoiceRow(Pick(row.Costs), row.Limit))],
            RowTotals = [.. fitting.Rows.Select(row => GroupMinima.LargestTotal(model, row.Costs, fitting.Usable))],
        };
    }

    /// <summary>Gives the groups that one of <see cref="Items"/> covers.</summary>
    public IEnumerable<int> Covers(int place) => Enumerable.Range(Source.GroupOf[Items[place]], Source.Span(Items[place]));
}
