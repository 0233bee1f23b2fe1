namespace Puzzle.Search.Solving.Exact;

/// <summary>Scores, costs and limits in whole numbers: sums do not depend on their order, and equal sums compare equal.</summary>
internal sealed class FixedPointModel
{
    private const int Bits = 60;
    private readonly double _leastScore;
    private readonly double[] _costScales;

    public FixedPointModel(ReducedModel model, ChoiceModel source)
    {
        (Scores, double scoreScale, _leastScore) = Convert(model, model.Scores);
        ScoreUnit = 1 / scoreScale;
        Costs = new long[model.Rows][];
        Limits = new long[model.Rows];
        _costScales = new double[model.Rows];
        for (int row = 0; row < model.Rows; row++)
        {
            (Costs[row], double scale, double least) = Convert(model, model.Costs[row]);
            double limit = Math.Floor((model.Limits[row] - least) * scale);
            Limits[row] = limit >= long.MaxValue / 2 ? long.MaxValue / 2 : (long)limit;
            _costScales[row] = scale;
        }
        Ties = new long[model.Items];
        for (int item = 0; item < Ties.Length; item++)
            Ties[item] = source.Tie(model.Source[item]);
    }

    /// <summary>Gets each item's score above the least of its group.</summary>
    public long[] Scores { get; }

    public long[] Ties { get; }

    /// <summary>Gets each item's cost above the least of its group, by row.</summary>
    public long[][] Costs { get; }

    public long[] Limits { get; }

    /// <summary>Gets what a unit of <see cref="Scores"/> is worth.</summary>
    public double ScoreUnit { get; }

    /// <summary>Gives the summed score of a whole choice.</summary>
    public double ScoreOf(long sum) => _leastScore + sum * ScoreUnit;

    /// <summary>Gives the largest sum that is worth no more than a score.</summary>
    public long SumOf(double score)
    {
        double sum = Math.Floor((score - _leastScore) / ScoreUnit);
        return sum >= long.MaxValue / 2 ? long.MaxValue / 2 : sum < 0 ? -1 : (long)sum;
    }

    /// <summary>Gives a row's unit in the reduced model's costs.</summary>
    public double CostUnit(int row) => 1 / _costScales[row];

    private static (long[] Values, double Scale, double Least) Convert(ReducedModel model, double[] values)
    {
        double range = 0;
        double total = 0;
        var least = new double[model.Groups];
        for (int group = 0; group < model.Groups; group++)
        {
            double largest = double.NegativeInfinity;
            least[group] = double.PositiveInfinity;
            for (int item = model.Start[group]; item < model.Start[group + 1]; item++)
            {
                least[group] = Math.Min(least[group], values[item]);
                largest = Math.Max(largest, values[item]);
            }
            range += largest - least[group];
            total += least[group];
        }
        double scale = FixedPoint.Scale(range, Bits);
        var converted = new long[values.Length];
        for (int group = 0; group < model.Groups; group++)
        {
            for (int item = model.Start[group]; item < model.Start[group + 1]; item++)
                converted[item] = FixedPoint.Round(values[item] - least[group], scale);
        }
        return (converted, scale, total);
    }
}
