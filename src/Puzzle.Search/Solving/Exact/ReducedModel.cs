namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// A multiple-choice model without what cannot matter. Costs are relative to the cheapest item of their group, so none is
/// negative, and rows are scaled by powers of two to similar size.
/// </summary>
internal sealed class ReducedModel
{
    /// <summary>Gets the first item of each group; the last entry is the number of items.</summary>
    public required int[] Start { get; init; }

    /// <summary>Gets the item's number in the full model.</summary>
    public required int[] Source { get; init; }

    public required double[] Scores { get; init; }

    /// <summary>Gets the costs, by row and item.</summary>
    public required double[][] Costs { get; init; }

    public required double[] Limits { get; init; }

    /// <summary>Gets, for each row, its number in the full model.</summary>
    public required int[] SourceRow { get; init; }

    /// <summary>Gets, for each row, what its costs were multiplied by.</summary>
    public required double[] RowScale { get; init; }

    /// <summary>Gets, for each row, whether it counts choices.</summary>
    public required bool[] IsCounter { get; init; }

    public int Groups => Start.Length - 1;

    public int Items => Source.Length;

    public int Rows => Limits.Length;

    /// <summary>Keeps some of the items.</summary>
    public ReducedModel Filter(Func<int, bool> keep) => Pick([.. Enumerable.Range(0, Items).Where(keep)]);

    /// <summary>Keeps some of the items.</summary>
    /// <param name="kept">Their numbers, rising.</param>
    public ReducedModel Pick(int[] kept)
    {
        var start = new int[Start.Length];
        for (int group = 0, next = 0; group < Groups; group++)
        {
            while (next < kept.Length && kept[next] < Start[group + 1])
                next++;
            start[group + 1] = next;
        }
        return new ReducedModel
        {
            Start = start,
            Source = Pick(Source, kept),
            Scores = Pick(Scores, kept),
            Costs = [.. Costs.Select(costs => Pick(costs, kept))],
            Limits = Limits,
            SourceRow = SourceRow,
            RowScale = RowScale,
            IsCounter = IsCounter,
        };
    }

    /// <summary>Charges some rows' costs to the scores, at their multipliers.</summary>
    public ReducedModel Charge(IReadOnlyList<int> rows, double[] multipliers)
    {
        var scores = (double[])Scores.Clone();
        foreach (int row in rows)
        {
            for (int item = 0; item < scores.Length && multipliers[row] != 0; item++)
                scores[item] += multipliers[row] * Costs[row][item];
        }
        return With(scores, [.. Enumerable.Range(0, Rows)]);
    }

    /// <summary>Keeps some of the rows.</summary>
    public ReducedModel OnlyRows(int[] rows) => With(Scores, rows);

    private ReducedModel With(double[] scores, int[] rows) => new()
    {
        Start = Start,
        Source = Source,
        Scores = scores,
        Costs = Pick(Costs, rows),
        Limits = Pick(Limits, rows),
        SourceRow = Pick(SourceRow, rows),
        RowScale = Pick(RowScale, rows),
        IsCounter = Pick(IsCounter, rows),
    };

    private static T[] Pick<T>(T[] values, int[] indices)
    {
        var picked = new T[indices.Length];
        for (int i = 0; i < picked.Length; i++)
            picked[i] = values[indices[i]];
        return picked;
    }
}
