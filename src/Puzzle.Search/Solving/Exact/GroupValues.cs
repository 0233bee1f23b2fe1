namespace Puzzle.Search.Solving.Exact;

/// <summary>Least and largest values and orders within groups, which every part of the search needs.</summary>
internal static class GroupValues
{
    /// <summary>Gives each group's least value; infinity for an empty group.</summary>
    /// <param name="start">The first item of each group, and the number of items.</param>
    /// <param name="values">A value for each item.</param>
    public static double[] Least(int[] start, double[] values)
    {
        var least = new double[start.Length - 1];
        for (int group = 0; group < least.Length; group++)
        {
            double value = double.PositiveInfinity;
            for (int item = start[group]; item < start[group + 1]; item++)
                value = Math.Min(value, values[item]);
            least[group] = value;
        }
        return least;
    }

    /// <summary>Gives each group's largest value; minus infinity for an empty group.</summary>
    /// <param name="start">The first item of each group, and the number of items.</param>
    /// <param name="values">A value for each item.</param>
    public static double[] Largest(int[] start, double[] values)
    {
        var largest = new double[start.Length - 1];
        for (int group = 0; group < largest.Length; group++)
        {
            double value = double.NegativeInfinity;
            for (int item = start[group]; item < start[group + 1]; item++)
                value = Math.Max(value, values[item]);
            largest[group] = value;
        }
        return largest;
    }

    /// <summary>Gives each group's item of the least value, the first of equal ones.</summary>
    /// <param name="start">The first item of each group, and the number of items.</param>
    /// <param name="values">A value for each item.</param>
    public static int[] LeastItems(int[] start, double[] values)
    {
        var items = new int[start.Length - 1];
        for (int group = 0; group < items.Length; group++)
        {
            int least = start[group];
            for (int item = least + 1; item < start[group + 1]; item++)
                least = values[item] < values[least] ? item : least;
            items[group] = least;
        }
        return items;
    }

    /// <summary>Sorts items by value, then by number.</summary>
    public static void Order(int[] items, double[] values) => Array.Sort(Array.ConvertAll(items, item => (values[item], item)), items);

    /// <summary>Adds up in order.</summary>
    public static double TotalOf(double[] values)
    {
        double total = 0;
        foreach (double value in values)
            total += value;
        return total;
    }
}
