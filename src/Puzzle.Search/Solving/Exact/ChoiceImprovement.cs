namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Improves a choice that meets every row: single and paired changes until none helps, then random changes that are
/// repaired the same way, as an iterated local search. The same number of rounds gives the same result.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="priced">Each item's score plus its costs at the multipliers; the least in each group are tried.</param>
/// <param name="limits">When to stop early.</param>
internal sealed class ChoiceImprovement(ReducedModel model, double[] priced, SearchLimits limits)
{
    private readonly List<Move> _moves = [];
    private readonly double[] _room = new double[model.Rows];
    private int[][]? _candidates; // by group
    private int[] _choice = [];

    private readonly record struct Move(int Group, int Item, double Gain);

    /// <summary>Gives the best choice found, the start itself if nothing better.</summary>
    /// <param name="start">A choice that meets every row.</param>
    /// <param name="rounds">How many random changes to try.</param>
    public int[] Improve(int[] start, int rounds)
    {
        _candidates ??= Candidates();
        var random = new Random(1);
        Descend(start);
        int[] best = [.. _choice];
        double bestScore = Score(best);
        for (int round = 0; round < rounds && !limits.IsOver(); round++)
        {
            limits.CancellationToken.ThrowIfCancellationRequested();
            if (!Shake(best, random))
                continue;
            Descend([.. _choice]);
            double score = Score(_choice);
            if (score < bestScore)
                (best, bestScore) = ([.. _choice], score);
        }
        return best;
    }

    private int[][] Candidates()
    {
        var candidates = new int[model.Groups][];
        for (int group = 0; group < candidates.Length; group++)
        {
            int[] items = [.. Enumerable.Range(model.Start[group], model.Start[group + 1] - model.Start[group])];
            GroupValues.Order(items, priced);
            candidates[group] = items[..Math.Min(items.Length, limits.Tuning.ImprovementCandidates)];
        }
        return candidates;
    }

    private double Score(int[] choice) => choice.Sum(item => model.Scores[item]);

    /// <summary>Changes a few groups at random and keeps to the rows; false when that did not work out.</summary>
    private bool Shake(int[] from, Random random)
    {
        Take(from);
        int kick = limits.Tuning.ImprovementKick;
        for (int change = 0; change < kick; change++)
        {
            int group = random.Next(_choice.Length);
            int[] items = _candidates![group];
            Put(group, items[random.Next(items.Length)]);
        }
        for (int attempt = 0; attempt < 4 * kick && IsExceeded(); attempt++)
        {
            if (Repair() is not { } move)
                return false;
            Put(move.Group, move.Item);
        }
        return !IsExceeded();
    }

    private bool IsExceeded()
    {
        foreach (double room in _room)
        {
            if (room < 0)
                return true;
        }
        return false;
    }

    /// <summary>Finds the change that leaves the least excess, then the best score.</summary>
    private Move? Repair()
    {
        Move? best = null;
        double bestExcess = Excess(-1, -1);
        for (int group = 0; group < _choice.Length; group++)
        {
            foreach (int item in _candidates![group])
            {
                if (item == _choice[group])
                    continue;
                double excess = Excess(group, item);
                double gain = model.Scores[_choice[group]] - model.Scores[item];
                if (excess < bestExcess || (excess == bestExcess && best is { } other && gain > other.Gain))
                    (best, bestExcess) = (new Move(group, item, gain), excess);
            }
        }
        return best;
    }

    /// <summary>How far rows are exceeded after a change (none for -1), relative to their limits.</summary>
    private double Excess(int group, int item)
    {
        double excess = 0;
        for (int row = 0; row < _room.Length; row++)
        {
            double room = group < 0 ? _room[row] : _room[row] - Change(row, group, item);
            if (room < 0)
                excess -= room / Math.Max(model.Limits[row], ExactTolerances.Whole);
        }
        return excess;
    }

    private void Descend(int[] start)
    {
        Take(start);
        for (int step = 0; step < limits.Tuning.LongestDescent; step++)
        {
            ListMoves();
            (int first, int second) = BestPair();
            if (first < 0)
                return;
            (Move one, Move? two) = (_moves[first], second < 0 ? null : _moves[second]);
            Put(one.Group, one.Item);
            if (two is { } other)
                Put(other.Group, other.Item);
        }
    }

    private void ListMoves()
    {
        _moves.Clear();
        for (int group = 0; group < _choice.Length; group++)
        {
            foreach (int item in _candidates![group])
            {
                if (item != _choice[group])
                    _moves.Add(new Move(group, item, model.Scores[_choice[group]] - model.Scores[item]));
            }
        }
        _moves.Sort((left, right) => left.Gain != right.Gain ? right.Gain.CompareTo(left.Gain) : left.Item.CompareTo(right.Item));
    }

    private (int First, int Second) BestPair()
    {
        (int, int) best = (-1, -1);
        double bestGain = ExactTolerances.Gain;
        for (int first = 0; first < _moves.Count && _moves[first].Gain > 0; first++)
        {
            limits.CancellationToken.ThrowIfCancellationRequested();
            Move one = _moves[first];
            if (one.Gain > bestGain && Fits(one, null))
                (best, bestGain) = ((first, -1), one.Gain);
            for (int second = 0; second < _moves.Count && one.Gain + _moves[second].Gain > bestGain; second++)
            {
                if (_moves[second].Group != one.Group && Fits(one, _moves[second]))
                {
                    (best, bestGain) = ((first, second), one.Gain + _moves[second].Gain);
                    break;
                }
            }
        }
        return best;
    }

    private bool Fits(Move one, Move? two)
    {
        for (int row = 0; row < _room.Length; row++)
        {
            double change = Change(row, one.Group, one.Item);
            if (two is { } other)
                change += Change(row, other.Group, other.Item);
            if (change > _room[row])
                return false;
        }
        return true;
    }

    private double Change(int row, int group, int item) => model.Costs[row][item] - model.Costs[row][_choice[group]];

    private void Take(int[] choice)
    {
        _choice = [.. choice];
        for (int row = 0; row < _room.Length; row++)
        {
            _room[row] = model.Limits[row];
            foreach (int item in _choice)
                _room[row] -= model.Costs[row][item];
        }
    }

    private void Put(int group, int item)
    {
        for (int row = 0; row < _room.Length; row++)
            _room[row] -= Change(row, group, item);
        _choice[group] = item;
    }
}
