namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// A reduced model in whole numbers, each above the least of its group: sums do not depend on their order, and equal sums compare equal.
/// </summary>
internal sealed class FixedPointModel
{
    // The largest total of a row or of the scores stays below 2^60, so that sums and differences fit 64 bits.
    private const int Bits = 60;

    private FixedPointModel(FixedPointValues scores, FixedPointValues[] rows, long[] limits, long[] ties)
    {
        Scores = scores.Values;
        ScoreUnit = 1 / scores.Scale;
        LeastScore = scores.Least;
        Costs = Array.ConvertAll(rows, row => row.Values);
        CostUnits = Array.ConvertAll(rows, row => 1 / row.Scale);
        Limits = limits;
        Ties = ties;
    }

    /// <summary>Gets each item's score above the least of its group.</summary>
    public long[] Scores { get; }

    /// <summary>Gets what decides between equal scores: the smaller sum.</summary>
    public long[] Ties { get; }

    /// <summary>Gets each item's cost above the least of its group, by row.</summary>
    public long[][] Costs { get; }

    public long[] Limits { get; }

    /// <summary>Gets what a unit of <see cref="Scores"/> is worth in the reduced model.</summary>
    public double ScoreUnit { get; }

    /// <summary>Gets each row's unit in the reduced model's costs.</summary>
    public double[] CostUnits { get; }

    /// <summary>Gets what every choice scores at least.</summary>
    private double LeastScore { get; }

    public static FixedPointModel Build(ReducedModel model, ChoiceModel source)
    {
        FixedPointValues scores = FixedPointValues.Of(model.Start, model.Scores, Bits);
        FixedPointValues[] rows = Array.ConvertAll(model.Costs, costs => FixedPointValues.Of(model.Start, costs, Bits));
        var limits = new long[rows.Length];
        for (int row = 0; row < limits.Length; row++)
            limits[row] = Capped((model.Limits[row] - rows[row].Least) * rows[row].Scale);
        return new FixedPointModel(scores, rows, limits, Array.ConvertAll(model.Source, source.Tie));
    }

    /// <summary>Gives the summed score of a whole choice.</summary>
    public double ScoreOf(long sum) => LeastScore + (sum * ScoreUnit);

    /// <summary>Gives the summed score of a choice.</summary>
    public double ScoreOf(int[] choice)
    {
        long sum = 0;
        foreach (int item in choice)
            sum += Scores[item];
        return ScoreOf(sum);
    }

    /// <summary>Gives the largest sum that is worth no more than a score.</summary>
    public long SumOf(double score) => Math.Max(-1, Capped((score - LeastScore) / ScoreUnit));

    /// <summary>Says whether a choice meets every row.</summary>
    public bool Fits(int[] choice)
    {
        for (int row = 0; row < Limits.Length; row++)
        {
            if (!Fits(choice, row))
                return false;
        }
        return true;
    }

    /// <summary>Says whether a choice meets a row.</summary>
    public bool Fits(int[] choice, int row)
    {
        long cost = 0;
        foreach (int item in choice)
            cost += Costs[row][item];
        return cost <= Limits[row];
    }

    private static long Capped(double value)
    {
        double whole = Math.Floor(value);
        return whole >= long.MaxValue / 2 ? long.MaxValue / 2 : whole <= long.MinValue / 2 ? long.MinValue / 2 : (long)whole;
    }
}
