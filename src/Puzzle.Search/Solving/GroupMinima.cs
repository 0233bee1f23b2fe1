namespace Puzzle.Search.Solving;

/// <summary>
/// The least that each group adds to a sum, whatever is chosen; an item of several layers counts evenly for each of them.
/// </summary>
internal static class GroupMinima
{
    /// <summary>Gives each group's least value among the usable items; null when a group has none.</summary>
    public static double[]? Find(ChoiceModel model, double[] values, bool[] usable)
    {
        var minima = new double[model.Groups];
        if (model.IsMultipleChoice)
        {
            for (int group = 0; group < minima.Length; group++)
            {
                double least = double.PositiveInfinity;
                int end = model.GroupStart[group + 1];
                for (int item = model.GroupStart[group]; item < end; item++)
                    least = usable[item] ? Math.Min(least, values[item]) : least;
                if (double.IsPositiveInfinity(least))
                    return null;
                minima[group] = least;
            }
            return minima;
        }
        Array.Fill(minima, double.PositiveInfinity);
        for (int item = 0; item < values.Length; item++)
        {
            int first = model.GroupOf[item];
            int span = model.Span(item);
            for (int group = first; usable[item] && group < first + span; group++)
                minima[group] = Math.Min(minima[group], values[item] / span);
        }
        return minima.Contains(double.PositiveInfinity) ? null : minima;
    }

    /// <summary>Gives how far each value is above the minima of the groups that its item covers; not negative for usable items.</summary>
    public static double[] Above(ChoiceModel model, double[] values, double[] minima)
    {
        var above = new double[values.Length];
        for (int item = 0; item < above.Length; item++)
            above[item] = values[item] - minima[model.GroupOf[item]];
        for (int item = 0; item < above.Length && !model.IsMultipleChoice; item++)
        {
            int first = model.GroupOf[item];
            for (int group = first + 1; group < first + model.Span(item); group++)
                above[item] -= minima[group];
            above[item] = Math.Max(0, above[item]);
        }
        return above;
    }

    /// <summary>Gives the largest total of values, each group counted by its largest usable one and by none below zero.</summary>
    public static double LargestTotal(ChoiceModel model, double[] values, bool[] usable)
    {
        double total = 0;
        for (int group = 0; group < model.Groups; group++)
        {
            double largest = 0;
            int end = model.GroupStart[group + 1];
            for (int item = model.GroupStart[group]; item < end; item++)
                largest = usable[item] ? Math.Max(largest, values[item]) : largest;
            total += largest;
        }
        return total;
    }
}
