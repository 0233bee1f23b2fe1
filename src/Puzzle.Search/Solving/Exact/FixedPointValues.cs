namespace Puzzle.Search.Solving.Exact;

/// <summary>Values above the least of their group, in whole numbers.</summary>
/// <param name="Values">A whole number for each item.</param>
/// <param name="Scale">What the values were multiplied by.</param>
/// <param name="Least">The sum of what was taken off.</param>
internal readonly record struct FixedPointValues(long[] Values, double Scale, double Least)
{
    /// <summary>Converts values, the finest way that keeps the largest total below 2^bits.</summary>
    public static FixedPointValues Of(int[] start, double[] values, int bits)
    {
        double[] least = GroupValues.Least(start, values);
        double[] largest = GroupValues.Largest(start, values);
        double range = 0;
        for (int group = 0; group < least.Length; group++)
            range += largest[group] - least[group];
        double scale = FixedPoint.Scale(range, bits);
        var whole = new long[values.Length];
        for (int group = 0; group < least.Length; group++)
        {
            for (int item = start[group]; item < start[group + 1]; item++)
                whole[item] = FixedPoint.Round(values[item] - least[group], scale);
        }
        return new FixedPointValues(whole, scale, GroupValues.TotalOf(least));
    }
}
