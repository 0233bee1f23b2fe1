namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Best-first branch and bound on the linear relaxation, for problems whose partial choices are too many to list: every
/// node drops what reduced costs exclude and splits the items of a group by what they cost. Holds the best choice and a
/// proven bound whenever it is stopped. Of equally good choices it finds the one with the smallest tie.
/// </summary>
internal sealed class BranchAndBound(ReducedModel model, FixedPointModel fixedPoint, double slop)
{
    private const int LargestQueue = 1_000_000;
    private const int HeuristicEvery = 16;
    private readonly PriorityQueue<ulong[], (double Bound, long Number)> _open = new();
    private long _score = long.MaxValue;
    private long _tie;
    private long _numbered;

    /// <summary>Gets the best choice known, an item for each group; null for none.</summary>
    public int[]? Choice { get; private set; }

    /// <summary>Gets what no choice can beat.</summary>
    public double Bound { get; private set; } = double.NegativeInfinity;

    private double Incumbent => Choice is null ? double.PositiveInfinity : fixedPoint.ScoreOf(_score);

    /// <summary>Offers a choice that meets every row.</summary>
    public void Offer(int[] choice)
    {
        long score = 0;
        long tie = 0;
        foreach (int item in choice)
        {
            score += fixedPoint.Scores[item];
            tie += fixedPoint.Ties[item];
        }
        if (score < _score || (score == _score && tie < _tie))
            (Choice, _score, _tie) = ([.. choice], score, tie);
    }

    /// <summary>Searches, or goes on; true when the best choice is proven best (or that there is none).</summary>
    /// <param name="nodes">How many nodes to look at.</param>
    /// <param name="limits">When to stop early.</param>
    public bool Run(long nodes, SearchLimits limits)
    {
        if (_numbered == 0)
        {
            var all = new ulong[(model.Items + 63) / 64];
            for (int item = 0; item < model.Items; item++)
                all[item / 64] |= 1UL << (item % 64);
            _open.Enqueue(all, (double.NegativeInfinity, _numbered++));
        }
        for (long node = 0; _open.TryPeek(out ulong[]? items, out (double Bound, long Number) priority); node++)
        {
            limits.CancellationToken.ThrowIfCancellationRequested();
            Bound = Math.Min(priority.Bound, Incumbent);
            if (priority.Bound > Incumbent + slop)
                return true;
            if (node >= nodes || _open.Count > LargestQueue || limits.IsOver() || IsCloseEnough(limits))
                return false;
            _open.Dequeue();
            Branch(items, node % HeuristicEvery == 0);
        }
        Bound = Incumbent;
        return true;
    }

    private bool IsCloseEnough(SearchLimits limits)
        => limits.RelativeGap > 0 && Incumbent - Bound <= limits.RelativeGap * Math.Abs(Incumbent);

    private void Branch(ulong[] mask, bool seeksChoice)
    {
        int[] items = [.. Enumerable.Range(0, model.Items).Where(item => Has(mask, item))];
        ReducedModel node = model.Pick(items);
        for (int group = 0; group < node.Groups; group++)
        {
            if (node.Start[group] == node.Start[group + 1])
                return;
        }
        var relaxation = new LagrangianBound(node);
        if (relaxation.IsInfeasible || relaxation.Value > Incumbent + slop)
            return;
        OfferIfFits(relaxation.Keys.ToArray(), items);
        if (seeksChoice && StartingChoice.Find(node, relaxation.Multipliers) is { } found)
            OfferIfFits(found, items);

        bool[] kept = Kept(node, relaxation);
        int branching = Fractional(node, relaxation, kept);
        if (branching < 0)
        {
            OfferIfFits([.. Enumerable.Range(0, node.Items).Where(item => kept[item])], items);
            return;
        }
        (ulong[] left, ulong[] right) = (new ulong[mask.Length], new ulong[mask.Length]);
        bool[] isLeft = Split(node, relaxation, kept, branching);
        for (int item = 0; item < items.Length; item++)
        {
            if (!kept[item])
                continue;
            bool isBranching = item >= node.Start[branching] && item < node.Start[branching + 1];
            ulong bit = 1UL << (items[item] % 64);
            if (!isBranching || isLeft[item - node.Start[branching]])
                left[items[item] / 64] |= bit;
            if (!isBranching || !isLeft[item - node.Start[branching]])
                right[items[item] / 64] |= bit;
        }
        _open.Enqueue(left, (relaxation.Value, _numbered++));
        _open.Enqueue(right, (relaxation.Value, _numbered++));
    }

    private static bool Has(ulong[] mask, int item) => (mask[item / 64] >> (item % 64) & 1) != 0;

    private void OfferIfFits(int[] choice, int[] items)
    {
        int[] global = Array.ConvertAll(choice, item => items[item]);
        for (int row = 0; row < model.Rows; row++)
        {
            long cost = 0;
            foreach (int item in global)
                cost += fixedPoint.Costs[row][item];
            if (cost > fixedPoint.Limits[row])
                return;
        }
        Offer(global);
    }

    /// <summary>Tells the items that a choice as good as the best one may contain.</summary>
    private bool[] Kept(ReducedModel node, LagrangianBound relaxation)
    {
        var kept = new bool[node.Items];
        double room = Incumbent + slop - relaxation.Value;
        for (int group = 0; group < node.Groups; group++)
        {
            double least = double.PositiveInfinity;
            for (int item = node.Start[group]; item < node.Start[group + 1]; item++)
                least = Math.Min(least, LagrangianBound.PricedScore(node, relaxation.Multipliers, item));
            for (int item = node.Start[group]; item < node.Start[group + 1]; item++)
                kept[item] = LagrangianBound.PricedScore(node, relaxation.Multipliers, item) - least <= room;
        }
        return kept;
    }

    /// <summary>Finds the undecided group that the relaxation divides most evenly, the first one if it divides none; -1 when each has at most one item left.</summary>
    private static int Fractional(ReducedModel node, LagrangianBound relaxation, bool[] kept)
    {
        int best = -1;
        double most = 1e-9;
        foreach ((int item, double share) in relaxation.Shares())
        {
            double evenness = Math.Min(share, 1 - share);
            if (evenness > most && IsUndecided(relaxation.GroupOf(item)))
                (best, most) = (relaxation.GroupOf(item), evenness);
        }
        for (int group = 0; group < node.Groups && best < 0; group++)
        {
            if (IsUndecided(group))
                best = group;
        }
        return best;

        bool IsUndecided(int group) => kept.AsSpan(node.Start[group], node.Start[group + 1] - node.Start[group]).Count(true) > 1;
    }

    /// <summary>Splits a group's items where its priced cost lies in the relaxation; where that does not part them, one from the others.</summary>
    private static bool[] Split(ReducedModel node, LagrangianBound relaxation, bool[] kept, int group)
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
        foreach ((int item, double share) in relaxation.Shares())
        {
            if (relaxation.GroupOf(item) == group)
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
