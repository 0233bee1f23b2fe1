namespace Puzzle.Search.Solving;

/// <summary>The least that each group adds to a sum, whatever is chosen; an item of several layers counts evenly for each of them.</summary>
internal static class GroupMinima
{
    /// <summary>Gives each group's least value among the usable items; null when a group has none.</summary>
    public static double[]? Find(ChoiceModel model, double[] values, ReadOnlySpan<bool> usable)
    {
        var minima = new double[model.Groups];
        Array.Fill(minima, double.PositiveInfinity);
        for (int item = 0; item < values.Length; item++)
        {
            if (!usable[item])
                continue;
            int first = model.GroupOf[item];
            int span = model.Span(item);
            double share = span == 1 ? values[item] : values[item] / span;
            for (int group = first; group < first + span; group++)
                minima[group] = Math.Min(minima[group], share);
        }
        return minima.Contains(double.PositiveInfinity) ? null : minima;
    }

    /// <summary>Gives how far each value is above the minima of the groups that its item covers; not negative for usable items.</summary>
    public static double[] Above(ChoiceModel model, double[] values, double[] minima)
    {
        var above = new double[values.Length];
        for (int item = 0; item < above.Length; item++)
        {
            int first = model.GroupOf[item];
            int span = model.Span(item);
            double least = minima[first];
            for (int group = first + 1; group < first + span; group++)
                least += minima[group];
            above[item] = Math.Max(0, values[item] - least);
        }
        return above;
    }

    /// <summary>Gives the largest total of values that are not negative, each group counted by its largest usable one.</summary>
    public static double LargestTotal(ChoiceModel model, double[] values, ReadOnlySpan<bool> usable)
    {
        var largest = new double[model.Groups];
        for (int item = 0; item < values.Length; item++)
        {
            if (usable[item])
                largest[model.GroupOf[item]] = Math.Max(largest[model.GroupOf[item]], values[item]);
        }
        double total = 0;
        foreach (double value in largest)
            total += value;
        return total;
    }
}
