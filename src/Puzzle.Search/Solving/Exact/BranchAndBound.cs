using System.Numerics;

namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Best-first branch and bound on the linear relaxation, for problems whose partial choices are too many to list: every
/// node drops what reduced costs exclude and splits the items of a group by what they cost. Offers what it finds to the
/// incumbent, and holds a proven bound whenever it is stopped.
/// </summary>
internal sealed class BranchAndBound(ReducedModel model, Incumbent incumbent, double tolerance)
{
    private readonly PriorityQueue<ulong[], (double Bound, long Number)> _open = new();
    private long _numbered;

    /// <summary>Gets what no choice can beat.</summary>
    public double Bound { get; private set; } = double.NegativeInfinity;

    /// <summary>Searches, or goes on; true when the incumbent is proven best (or that there is no choice).</summary>
    /// <param name="nodes">How many nodes to look at.</param>
    /// <param name="limits">When to stop early.</param>
    /// <param name="isCloseEnough">Says whether a bound is close enough to the incumbent to stop.</param>
    public bool Run(long nodes, SearchLimits limits, Func<double, bool> isCloseEnough)
    {
        if (_numbered == 0)
            _open.Enqueue(All(), (double.NegativeInfinity, _numbered++));
        for (long node = 0; _open.TryPeek(out ulong[]? items, out (double Bound, long Number) priority); node++)
        {
            limits.CancellationToken.ThrowIfCancellationRequested();
            Bound = Math.Min(priority.Bound, incumbent.Value);
            if (priority.Bound > incumbent.Value + tolerance)
                return true;
            if (node >= nodes || _open.Count > limits.Tuning.LargestQueue || limits.IsOver() || isCloseEnough(Bound))
                return false;
            _open.Dequeue();
            Branch(items, node % limits.Tuning.HeuristicEvery == 0, limits);
        }
        Bound = incumbent.Value;
        return true;
    }

    private ulong[] All()
    {
        var all = new ulong[(model.Items + 63) / 64];
        for (int item = 0; item < model.Items; item++)
            all[item / 64] |= 1UL << (item % 64);
        return all;
    }

    private void Branch(ulong[] mask, bool seeksChoice, SearchLimits limits)
    {
        int[] items = Items(mask);
        ReducedModel node = model.Pick(items);
        for (int group = 0; group < node.Groups; group++)
        {
            if (node.Start[group] == node.Start[group + 1])
                return;
        }
        LinearRelaxation relaxation = LinearRelaxation.Solve(node, limits.CancellationToken);
        if (relaxation.IsInfeasible || relaxation.Value > incumbent.Value + tolerance)
            return;
        Offer(relaxation.Keys, items);
        if (seeksChoice && StartingChoice.Find(node, relaxation.Multipliers, limits.Tuning) is { } found)
            Offer(found, items);

        bool[] kept = relaxation.ItemsWithin(incumbent.Value + tolerance);
        if (BranchingRule.Choose(node, relaxation, kept) is { } branching)
            Split(mask.Length, items, branching, relaxation.Value);
        else
            Offer([.. Enumerable.Range(0, node.Items).Where(item => kept[item])], items);
    }

    private void Split(int length, int[] items, BranchingRule branching, double bound)
    {
        (ulong[] left, ulong[] right) = (new ulong[length], new ulong[length]);
        for (int item = 0; item < items.Length; item++)
        {
            ulong bit = 1UL << (items[item] % 64);
            if (branching.IsLeft(item))
                left[items[item] / 64] |= bit;
            if (branching.IsRight(item))
                right[items[item] / 64] |= bit;
        }
        _open.Enqueue(left, (bound, _numbered++));
        _open.Enqueue(right, (bound, _numbered++));
    }

    private static int[] Items(ulong[] mask)
    {
        var items = new List<int>();
        for (int word = 0; word < mask.Length; word++)
        {
            for (ulong bits = mask[word]; bits != 0; bits &= bits - 1)
                items.Add((64 * word) + BitOperations.TrailingZeroCount(bits));
        }
        return [.. items];
    }

    private void Offer(int[] choice, int[] items) => incumbent.OfferIfFits(Array.ConvertAll(choice, item => items[item]));
}
