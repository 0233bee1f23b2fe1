namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// How a node is split: the undecided group that the relaxation divides most evenly, its items parted where the group's priced
/// cost lies in the relaxation (the split of a generalized upper bound, Beale and Tomlin 1970).
/// </summary>
internal sealed class BranchingRule
{
    private readonly bool[] _kept;
    private readonly int _from;
    private readonly bool[] _isLeft; // by place in the group

    private BranchingRule(bool[] kept, int from, bool[] isLeft)
    {
        _kept = kept;
        _from = from;
        _isLeft = isLeft;
    }

    /// <summary>Chooses a group and splits it; null when each has at most one item left.</summary>
    /// <param name="node">The node's model.</param>
    /// <param name="relaxation">Its relaxation.</param>
    /// <param name="kept">The items that a choice as good as the best one may contain.</param>
    public static BranchingRule? Choose(ReducedModel node, LinearRelaxation relaxation, bool[] kept)
    {
        int group = ChooseGroup(node, relaxation, kept);
        return group < 0 ? null : new BranchingRule(kept, node.Start[group], Part(node, relaxation, kept, group));
    }

    /// <summary>Says whether an item stays in the left part.</summary>
    public bool IsLeft(int item) => _kept[item] && (!IsInGroup(item) || _isLeft[item - _from]);

    /// <summary>Says whether an item stays in the right part.</summary>
    public bool IsRight(int item) => _kept[item] && (!IsInGroup(item) || !_isLeft[item - _from]);

    private bool IsInGroup(int item) => item >= _from && item < _from + _isLeft.Length;

    /// <summary>The most evenly divided group, the first undecided one if none is divided.</summary>
    private static int ChooseGroup(ReducedModel node, LinearRelaxation relaxation, bool[] kept)
    {
        int best = -1;
        double most = ExactTolerances.Whole;
        foreach ((_, int group, double share) in relaxation.Shares)
        {
            double evenness = Math.Min(share, 1 - share);
            if (evenness > most && IsUndecided(group))
                (best, most) = (group, evenness);
        }
        for (int group = 0; group < node.Groups && best < 0; group++)
        {
            if (IsUndecided(group))
                best = group;
        }
        return best;

        bool IsUndecided(int group) => kept.AsSpan(node.Start[group], node.Start[group + 1] - node.Start[group]).Count(true) > 1;
    }

    /// <summary>Parts a group's items by priced cost; where that does not part them, one from the others.</summary>
    private static bool[] Part(ReducedModel node, LinearRelaxation relaxation, bool[] kept, int group)
    {
        int start = node.Start[group];
        var costs = new double[node.Start[group + 1] - start];
        for (int i = 0; i < costs.Length; i++)
        {
            for (int row = 0; row < node.Rows; row++)
                costs[i] += relaxation.Multipliers[row] * node.Costs[row][start + i];
        }
        int key = relaxation.Keys[group] - start;
        double mean = costs[key];
        foreach ((int item, int of, double share) in relaxation.Shares)
        {
            if (of == group)
                mean += share * (costs[item - start] - costs[key]);
        }
        bool[] isLeft = Array.ConvertAll(costs, cost => cost <= mean);
        int[] alive = [.. Enumerable.Range(0, costs.Length).Where(i => kept[start + i])];
        if (alive.All(i => isLeft[i]) || !alive.Any(i => isLeft[i]))
        {
            Array.Clear(isLeft);
            isLeft[alive.Contains(key) ? key : alive[0]] = true;
        }
        return isLeft;
    }
}
