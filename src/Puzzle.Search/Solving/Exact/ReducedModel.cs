using System.Numerics;

namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// A multiple-choice model without what cannot matter. Scores and costs are above the least item of their group, so none is
/// negative, and scaled by powers of two to about 1, so that nothing depends on the unit they were given in.
/// </summary>
internal sealed class ReducedModel
{
    /// <summary>Gets the first item of each group; the last entry is the number of items.</summary>
    public required int[] Start { get; init; }

    /// <summary>Gets the item's number in the full model, rising.</summary>
    public required int[] Source { get; init; }

    public required double[] Scores { get; init; }

    /// <summary>Gets what scores were multiplied by.</summary>
    public required double ScoreScale { get; init; }

    /// <summary>Gets what was taken off the summed score before, in the full model's unit.</summary>
    public required double ScoreOffset { get; init; }

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

    /// <summary>Gives a summed score in the full model's unit.</summary>
    public double ToSource(double score) => ScoreOffset + (score / ScoreScale);

    /// <summary>Gives a summed score of the full model in this model's unit.</summary>
    public double FromSource(double score) => (score - ScoreOffset) * ScoreScale;

    /// <summary>Gives the full model's numbers of some items.</summary>
    public int[] ToSource(int[] items) => Array.ConvertAll(items, item => Source[item]);

    /// <summary>Gives the items of some numbers of the full model, all of which are here.</summary>
    public int[] FromSource(int[] sources) => Array.ConvertAll(sources, source => Array.BinarySearch(Source, source));

    /// <summary>Gives each item's score plus its costs at the rows' multipliers.</summary>
    public double[] Priced(double[] multipliers)
    {
        var priced = (double[])Scores.Clone();
        for (int row = 0; row < multipliers.Length; row++)
        {
            if (multipliers[row] != 0)
                AddScaled(priced, Costs[row], multipliers[row]);
        }
        return priced;
    }

    /// <summary>Keeps some of the items.</summary>
    public ReducedModel Filter(bool[] keep) => Pick([.. Enumerable.Range(0, Items).Where(item => keep[item])]);

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
            ScoreScale = ScoreScale,
            ScoreOffset = ScoreOffset,
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
        var charged = new double[Rows];
        foreach (int row in rows)
            charged[row] = multipliers[row];
        return With(Priced(charged), [.. Enumerable.Range(0, Rows)]);
    }

    /// <summary>Keeps some of the rows.</summary>
    public ReducedModel OnlyRows(int[] rows) => With(Scores, rows);

    /// <summary>Adds values times a factor.</summary>
    public static void AddScaled(double[] sums, double[] values, double factor)
    {
        var factors = new Vector<double>(factor);
        int i = 0;
        for (; i <= sums.Length - Vector<double>.Count; i += Vector<double>.Count)
            (new Vector<double>(sums, i) + (new Vector<double>(values, i) * factors)).CopyTo(sums, i);
        for (; i < sums.Length; i++)
            sums[i] += values[i] * factor;
    }

    private ReducedModel With(double[] scores, int[] rows) => new()
    {
        Start = Start,
        Source = Source,
        Scores = scores,
        ScoreScale = ScoreScale,
        ScoreOffset = ScoreOffset,
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
