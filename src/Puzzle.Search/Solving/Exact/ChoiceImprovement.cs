namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Improves a choice that meets every row: single and paired changes until none helps, then random changes that are
/// repaired the same way, as an iterated local search. The same seed and number of rounds give the same result.
/// </summary>
internal sealed class ChoiceImprovement
{
    private const int PerGroup = 6;
    private const int Kick = 3;
    private const int LongestDescent = 1000;
    private readonly ReducedModel _model;
    private readonly int[][] _candidates; // by group, least priced score first
    private readonly List<Move> _moves = [];
    private readonly double[] _room;
    private int[] _choice = [];

    public ChoiceImprovement(ReducedModel model, double[] multipliers)
    {
        _model = model;
        _room = new double[model.Rows];
        _candidates = new int[model.Groups][];
        for (int group = 0; group < model.Groups; group++)
        {
            int[] items = [.. Enumerable.Range(model.Start[group], model.Start[group + 1] - model.Start[group])];
            Array.Sort(Array.ConvertAll(items, item => (LagrangianBound.PricedScore(model, multipliers, item), item)), items);
            _candidates[group] = items[..Math.Min(items.Length, PerGroup)];
        }
    }

    private readonly record struct Move(int Group, int Item, double Gain);

    /// <summary>Gives the best choice found, the start itself if nothing better.</summary>
    /// <param name="start">A choice that meets every row.</param>
    /// <param name="rounds">How many random changes to try.</param>
    /// <param name="limits">When to stop early.</param>
    public int[] Improve(int[] start, int rounds, SearchLimits limits)
    {
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

    private double Score(int[] choice) => choice.Sum(item => _model.Scores[item]);

    /// <summary>Changes a few groups at random and keeps to the rows; false when that did not work out.</summary>
    private bool Shake(int[] from, Random random)
    {
        Take(from);
        for (int change = 0; change < Kick; change++)
        {
            int group = random.Next(_choice.Length);
            int[] items = _candidates[group];
            Put(group, items[random.Next(items.Length)]);
        }
        for (int attempt = 0; attempt < 4 * Kick && _room.Min() < 0; attempt++)
        {
            if (Repair() is not { } move)
                return false;
            Put(move.Group, move.Item);
        }
        return _room.Min() >= 0;
    }

    /// <summary>Finds the change that leaves the least excess, then the best score.</summary>
    private Move? Repair()
    {
        Move? best = null;
        double bestExcess = Excess(-1, -1);
        for (int group = 0; group < _choice.Length; group++)
        {
            foreach (int item in _candidates[group])
            {
                if (item == _choice[group])
                    continue;
                double excess = Excess(group, item);
                double gain = _model.Scores[_choice[group]] - _model.Scores[item];
                if (excess < bestExcess || (excess == bestExcess && best is { } other && gain > other.Gain))
                    (best, bestExcess) = (new Move(group, item, gain), excess);
            }
        }
        return best;
    }

    private double Excess(int group, int item)
    {
        double excess = 0;
        for (int row = 0; row < _room.Length; row++)
        {
            double room = group < 0 ? _room[row] : _room[row] - Change(row, group, item);
            if (room < 0)
                excess -= room / Math.Max(_model.Limits[row], 1e-9);
        }
        return excess;
    }

    private void Descend(int[] start)
    {
        Take(start);
        for (int step = 0; step < LongestDescent; step++)
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
            foreach (int item in _candidates[group])
            {
                if (item != _choice[group])
                    _moves.Add(new Move(group, item, _model.Scores[_choice[group]] - _model.Scores[item]));
            }
        }
        _moves.Sort((left, right) => left.Gain != right.Gain ? right.Gain.CompareTo(left.Gain) : left.Item.CompareTo(right.Item));
    }

    private (int First, int Second) BestPair()
    {
        (int, int) best = (-1, -1);
        double bestGain = 1e-12;
        for (int first = 0; first < _moves.Count && _moves[first].Gain > 0; first++)
        {
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

    private double Change(int row, int group, int item) => _model.Costs[row][item] - _model.Costs[row][_choice[group]];

    private void Take(int[] choice)
    {
        _choice = [.. choice];
        for (int row = 0; row < _room.Length; row++)
        {
            _room[row] = _model.Limits[row];
            foreach (int item in _choice)
                _room[row] -= _model.Costs[row][item];
        }
    }

    private void Put(int group, int item)
    {
        for (int row = 0; row < _room.Length; row++)
            _room[row] -= Change(row, group, item);
        _choice[group] = item;
    }
}
