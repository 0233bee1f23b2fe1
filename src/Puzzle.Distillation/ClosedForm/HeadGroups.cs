namespace Puzzle.Distillation.ClosedForm;

/// <summary>Divides key-value heads into equal groups of small cost, a group's cost being the sum over its pairs of heads.</summary>
internal static class HeadGroups
{
    /// <summary>
    /// Searches from neighbors, and from groups filled greedily, once beginning with each head; each is improved by exchanging two heads of
    /// different groups for as long as that helps, and the cheapest is taken.
    /// </summary>
    /// <param name="costs">What sharing costs each pair of heads, [K, K], symmetric.</param>
    /// <param name="groups">The number of groups, a divisor of K.</param>
    /// <returns>The heads of each group in ascending order; groups by their first head.</returns>
    public static int[][] Choose(double[,] costs, int groups)
    {
        int heads = costs.GetLength(0), size = heads / groups;
        int[][] chosen = Enumerable.Range(0, heads)
            .Select(first => Fill(costs, size, first))
            .Prepend([.. Enumerable.Range(0, heads).Chunk(size)])
            .Select(start => Improve(costs, start)).MinBy(found => Cost(costs, found))!;
        return [.. chosen.Select(group => group.Order().ToArray()).OrderBy(group => group[0])];
    }

    /// <summary>Gives the cost of groups.</summary>
    public static double Cost(double[,] costs, IEnumerable<int[]> groups) =>
        groups.Sum(group => group.Sum(head => group.Where(other => other < head).Sum(other => costs[head, other])));

    // Of all groups but the first, one of the cheapest pair of those left begins it, and the head that adds least joins it until it is
    // full.
    private static int[][] Fill(double[,] costs, int size, int first)
    {
        List<int> left = [.. Enumerable.Range(0, costs.GetLength(0))];
        var groups = new List<int[]>();
        while (left.Count > 0)
        {
            if (groups.Count > 0)
                first = left.MinBy(head => left.Where(other => other != head).Select(other => costs[head, other]).DefaultIfEmpty().Min());
            List<int> group = [first];
            left.Remove(first);
            while (group.Count < size)
            {
                int next = left.MinBy(head => group.Sum(member => costs[head, member]));
                group.Add(next);
                left.Remove(next);
            }
            groups.Add([.. group]);
        }
        return [.. groups];
    }

    private static int[][] Improve(double[,] costs, int[][] groups)
    {
        bool improved = true;
        while (improved)
        {
            improved = false;
            for (int one = 0; one < groups.Length; one++)
            {
                for (int other = one + 1; other < groups.Length; other++)
                    improved |= Exchange(costs, groups[one], groups[other]);
            }
        }
        return groups;
    }

    private static bool Exchange(double[,] costs, int[] one, int[] other)
    {
        for (int i = 0; i < one.Length; i++)
        {
            for (int j = 0; j < other.Length; j++)
            {
                double before = Joined(costs, one, i, one[i]) + Joined(costs, other, j, other[j]);
                double after = Joined(costs, one, i, other[j]) + Joined(costs, other, j, one[i]);
                // Rounding must not make two heads change places for ever.
                if (!(after < before - (1e-9 * Math.Abs(before))))
                    continue;
                (one[i], other[j]) = (other[j], one[i]);
                return true;
            }
        }
        return false;
    }

    // What a head costs in a group in place of one member.
    private static double Joined(double[,] costs, int[] group, int place, int head) =>
        group.Where((_, index) => index != place).Sum(member => costs[head, member]);
}
