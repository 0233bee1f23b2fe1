namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// How exact numbers in double are, in one place. Scores and costs of a <see cref="ReducedModel"/> are above the least of their group and
/// scaled to about 1, so plain numbers here are relative to the data; fixed-point sums need none.
/// </summary>
internal static class ExactTolerances
{
    /// <summary>A basic value or pivot of the relaxation this close to zero is zero.</summary>
    public const double Basic = 1e-10;

    /// <summary>Ratios of scores to costs this close are equal; the larger pivot is taken then.</summary>
    public const double Ratio = 1e-15;

    /// <summary>A basis with a pivot below this is singular.</summary>
    public const double Pivot = 1e-13;

    /// <summary>A share of an item in the relaxed choice this close to 0 or 1 is whole.</summary>
    public const double Whole = 1e-9;

    /// <summary>A change that gains less is none.</summary>
    public const double Gain = 1e-12;

    /// <summary>
    /// What sums of a few hundred products may be off, of the size of what is summed: a thousand times the double's own precision.
    /// </summary>
    private const double Sum = 1e-12;

    /// <summary>What reduced costs may be off, of the values compared: the multipliers themselves are only that exact.</summary>
    private const double ReducedCost = 1e-9;

    /// <summary>Gives how exact the Lagrangian bounds of partial choices are.</summary>
    public static double OfBounds(ReducedModel model, double[] multipliers)
    {
        double size = GroupValues.TotalOf(GroupValues.Largest(model.Start, model.Scores));
        for (int row = 0; row < model.Rows; row++)
            size += multipliers[row] * model.Limits[row];
        return OfSum(size);
    }

    /// <summary>Gives how exact a sum of numbers of some total size is.</summary>
    public static double OfSum(double size) => Sum * size;

    /// <summary>Gives the room that fixing by reduced costs leaves.</summary>
    public static double OfFixing(double value, double bound) => ReducedCost * Math.Max(Math.Abs(value), Math.Abs(bound));
}
