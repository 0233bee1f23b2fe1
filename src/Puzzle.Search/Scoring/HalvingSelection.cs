namespace Puzzle.Search.Scoring;

/// <summary>
/// Which of a layer's candidates deserve more windows. A search trades score against cost at one rate over all layers, so it
/// chooses from the lower convex hull of (cost, harm). The differences of a candidate from the hull on the same windows have a
/// far smaller spread than scores themselves, and decide whether it may lie on the hull.
/// </summary>
internal static class HalvingSelection
{
    /// <summary>Gives the candidates to go on with, in the order given.</summary>
    /// <param name="points">A layer's candidates, all on the same windows.</param>
    /// <param name="options">How many, and how certainly.</param>
    public static IReadOnlyList<HalvingPoint> Choose(IReadOnlyList<HalvingPoint> points, SuccessiveHalvingOptions options)
    {
        // How far each certainly is above the hull, of the cost that is kindest to it.
        var above = new double[points.Count];
        Array.Fill(above, double.PositiveInfinity);
        var onHull = new HashSet<int>();
        for (int cost = 0; cost < points[0].Costs.Count; cost++)
        {
            List<int> hull = Hull(points, cost);
            onHull.UnionWith(hull);
            for (int i = 0; i < points.Count; i++)
                above[i] = Math.Min(
                    above[i], CertainlyAbove(points[i].Harm, Below(points, hull, points[i].Costs[cost], cost), options.StandardErrors));
        }
        int most = Math.Max(onHull.Count, (int)Math.Ceiling(points.Count * options.Keep));
        HashSet<int> kept = [.. onHull.Concat(Enumerable.Range(0, points.Count)
            .Where(i => !onHull.Contains(i) && above[i] <= 0).OrderBy(i => above[i]).ThenBy(i => i)).Take(most)];
        return [.. points.Where((_, i) => kept.Contains(i))];
    }

    /// <summary>Gives the lower hull by rising cost and falling mean harm, from the cheapest candidate to the least harmful.</summary>
    private static List<int> Hull(IReadOnlyList<HalvingPoint> points, int cost)
    {
        var hull = new List<int>();
        foreach (int i in Enumerable.Range(0, points.Count).OrderBy(i => points[i].Costs[cost]).ThenBy(i => points[i].Mean))
        {
            if (hull.Count > 0 && points[i].Mean >= points[hull[^1]].Mean)
                continue;
            while (hull.Count > 1 && IsAboveLine(points[hull[^2]], points[hull[^1]], points[i], cost))
                hull.RemoveAt(hull.Count - 1);
            hull.Add(i);
        }
        return hull;
    }

    private static bool IsAboveLine(HalvingPoint first, HalvingPoint middle, HalvingPoint last, int cost) =>
        (middle.Mean - first.Mean) * (last.Costs[cost] - first.Costs[cost]) >= (last.Mean - first.Mean)
            * (middle.Costs[cost] - first.Costs[cost]);

    /// <summary>Gives the hull's harm on each window at a cost; beyond its ends the end's.</summary>
    private static double[] Below(IReadOnlyList<HalvingPoint> points, List<int> hull, double at, int cost)
    {
        int next = hull.FindIndex(i => points[i].Costs[cost] >= at);
        HalvingPoint right = points[next < 0 ? hull[^1] : hull[next]],
            left = points[next <= 0 ? (next < 0 ? hull[^1] : hull[0]) : hull[next - 1]];
        double width = right.Costs[cost] - left.Costs[cost];
        double share = width > 0 ? (at - left.Costs[cost]) / width : 0;
        return [.. left.Harm.Zip(right.Harm, (a, b) => width > 0 ? a + (share * (b - a)) : b)];
    }

    private static double CertainlyAbove(double[] harm, double[] hull, double standardErrors)
    {
        double[] differences = [.. harm.Zip(hull, (own, below) => own - below)];
        double mean = differences.Average();
        double variance = differences.Sum(difference => (difference - mean) * (difference - mean)) / (differences.Length - 1);
        return mean - (standardErrors * Math.Sqrt(variance / differences.Length));
    }
}
