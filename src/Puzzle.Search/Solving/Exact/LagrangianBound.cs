using System.Numerics;

namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// The linear relaxation of a multiple-choice model by the dual simplex method with generalized upper bounds: one key
/// item for each group, and a working basis as small as the number of rows. A step goes as far as the bound rises, past
/// the points where groups change their key. Whatever multipliers it stops at give a valid bound.
/// </summary>
internal sealed class LagrangianBound
{
    private const double Tolerance = 1e-10;
    private readonly ReducedModel _model;
    private readonly int[] _groupOf;
    private readonly int[] _key;
    private readonly int[] _basis; // item, or -1 - row for a slack
    private readonly int[] _basics; // by group: how many of its items are in the basis
    private readonly BasisInverse _inverse;
    private readonly double[] _room; // by row: what the keys leave of the limit
    private readonly double[] _values;
    private readonly double[] _pivots;
    private readonly double[] _prices;
    private readonly double[] _ratios; // by group: how far its key stays the cheapest
    private readonly int[] _next; // by group: the item that takes over then

    public LagrangianBound(ReducedModel model)
    {
        _model = model;
        _groupOf = new int[model.Items];
        for (int group = 0; group < model.Groups; group++)
            Array.Fill(_groupOf, group, model.Start[group], model.Start[group + 1] - model.Start[group]);
        _key = new int[model.Groups];
        _basis = new int[model.Rows];
        _basics = new int[model.Groups];
        _inverse = new BasisInverse(model.Rows);
        _room = new double[model.Rows];
        _values = new double[model.Rows];
        _pivots = new double[model.Items];
        _prices = new double[model.Items];
        _ratios = new double[model.Groups];
        _next = new int[model.Groups];
        Multipliers = new double[model.Rows];
        StartFromScores();
        Solve();
        DropTraces();
        Value = IsInfeasible ? double.PositiveInfinity : Evaluate(model, Multipliers);
    }

    /// <summary>Gets a multiplier for each row, none negative; for an infeasible model, the weights of rows that contradict each other.</summary>
    public double[] Multipliers { get; }

    /// <summary>Gets a value that no choice can beat.</summary>
    public double Value { get; }

    public bool IsInfeasible { get; private set; }

    /// <summary>Gets the item with the largest share in each group.</summary>
    public ReadOnlySpan<int> Keys => _key;

    public int GroupOf(int item) => _groupOf[item];

    /// <summary>Gives how much worse the best relaxed choice with an item is, at these multipliers.</summary>
    public double ReducedCost(int item)
        => PricedScore(_model, Multipliers, item) - PricedScore(_model, Multipliers, _key[_groupOf[item]]);

    /// <summary>Gives the items beside the keys that have a share in the relaxed choice.</summary>
    public IEnumerable<(int Item, double Share)> Shares()
    {
        for (int slot = 0; slot < _basis.Length; slot++)
        {
            if (_basis[slot] >= 0)
                yield return (_basis[slot], _values[slot]);
        }
    }

    /// <summary>Gives the Lagrangian value of some multipliers, with the rows' limits.</summary>
    public static double Evaluate(ReducedModel model, double[] multipliers)
    {
        double value = 0;
        for (int row = 0; row < model.Rows; row++)
            value -= multipliers[row] * model.Limits[row];
        for (int group = 0; group < model.Groups; group++)
        {
            double least = double.PositiveInfinity;
            for (int item = model.Start[group]; item < model.Start[group + 1]; item++)
                least = Math.Min(least, PricedScore(model, multipliers, item));
            value += least;
        }
        return value;
    }

    public static double PricedScore(ReducedModel model, double[] multipliers, int item)
    {
        double price = model.Scores[item];
        for (int row = 0; row < multipliers.Length; row++)
            price += multipliers[row] * model.Costs[row][item];
        return price;
    }

    private void StartFromScores()
    {
        for (int group = 0; group < _key.Length; group++)
        {
            int key = _model.Start[group];
            for (int item = key + 1; item < _model.Start[group + 1]; item++)
                key = _model.Scores[item] < _model.Scores[key] ? item : key;
            _key[group] = key;
        }
        for (int slot = 0; slot < _basis.Length; slot++)
            _basis[slot] = -1 - slot;
    }

    private void Solve()
    {
        int limit = 20 * (_model.Groups + _model.Rows) + 200;
        for (int iteration = 0; iteration < limit; iteration++)
        {
            if (!Factorize())
                return;
            int leaving = Leaving();
            if (leaving < 0)
                return;
            int entering = Step(leaving);
            if (entering == int.MinValue)
            {
                SetRay(leaving);
                return;
            }
            _basis[leaving] = entering;
        }
    }

    /// <summary>A multiplier left over from rounding would make its row look as if it mattered.</summary>
    private void DropTraces()
    {
        double size = 0;
        for (int row = 0; row < Multipliers.Length; row++)
            size = Math.Max(size, Multipliers[row] * _model.Limits[row]);
        for (int row = 0; row < Multipliers.Length && !IsInfeasible; row++)
        {
            if (Multipliers[row] * _model.Limits[row] < 1e-12 * size)
                Multipliers[row] = 0;
        }
    }

    /// <summary>Inverts the working basis and computes the multipliers and the basic values.</summary>
    private bool Factorize()
    {
        int rows = _model.Rows;
        Array.Clear(_basics);
        for (int slot = 0; slot < rows; slot++)
        {
            for (int row = 0; row < rows; row++)
                _inverse.Matrix[row, slot] = Column(slot, row);
            if (_basis[slot] >= 0)
                _basics[_groupOf[_basis[slot]]]++;
        }
        if (!_inverse.Invert())
            return false;
        for (int row = 0; row < rows; row++)
        {
            double multiplier = 0;
            double room = _model.Limits[row];
            double[] costs = _model.Costs[row];
            for (int slot = 0; slot < rows; slot++)
            {
                int item = _basis[slot];
                if (item >= 0)
                    multiplier -= _inverse[slot, row] * (_model.Scores[item] - _model.Scores[_key[_groupOf[item]]]);
            }
            foreach (int key in _key)
                room -= costs[key];
            Multipliers[row] = Math.Max(0, multiplier);
            _room[row] = room;
        }
        for (int slot = 0; slot < rows; slot++)
        {
            double value = 0;
            for (int row = 0; row < rows; row++)
                value += _inverse[slot, row] * _room[row];
            _values[slot] = value;
        }
        return true;
    }

    private double Column(int slot, int row)
    {
        int item = _basis[slot];
        if (item < 0)
            return -1 - item == row ? 1 : 0;
        return _model.Costs[row][item] - _model.Costs[row][_key[_groupOf[item]]];
    }

    /// <summary>Finds the most negative basic value. A key that is negative changes places with a basic item of its group first.</summary>
    private int Leaving()
    {
        int leaving = -1;
        double worst = -Tolerance;
        int negativeKey = -1;
        for (int slot = 0; slot < _basis.Length; slot++)
        {
            if (_values[slot] < worst)
            {
                worst = _values[slot];
                leaving = slot;
            }
        }
        for (int slot = 0; slot < _basis.Length; slot++)
        {
            if (_basis[slot] < 0)
                continue;
            int group = _groupOf[_basis[slot]];
            double key = 1;
            int largest = slot;
            for (int other = 0; other < _basis.Length; other++)
            {
                if (_basis[other] < 0 || _groupOf[_basis[other]] != group)
                    continue;
                key -= _values[other];
                largest = _values[other] > _values[largest] ? other : largest;
            }
            if (key < worst)
            {
                worst = key;
                negativeKey = largest;
            }
        }
        if (negativeKey < 0)
            return leaving;
        int swapped = _groupOf[_basis[negativeKey]];
        (_key[swapped], _basis[negativeKey]) = (_basis[negativeKey], _key[swapped]);
        return Factorize() ? negativeKey : -1;
    }

    /// <summary>
    /// Moves along the direction in which the leaving value rises until the bound would fall, and gives the item (or
    /// -1 - row for a slack) that stops it; groups without basic items change their key on the way.
    /// </summary>
    private int Step(int leaving)
    {
        int rows = _model.Rows;
        int slack = int.MinValue;
        double slackRatio = double.PositiveInfinity;
        Array.Clear(_pivots);
        _model.Scores.CopyTo(_prices, 0);
        for (int row = 0; row < rows; row++)
        {
            double pivot = _inverse[leaving, row];
            if (pivot < -Tolerance && Multipliers[row] / -pivot < slackRatio && Array.IndexOf(_basis, -1 - row) < 0)
                (slack, slackRatio) = (-1 - row, Multipliers[row] / -pivot);
            if (pivot != 0)
                AddScaled(_pivots, _model.Costs[row], pivot);
            if (Multipliers[row] != 0)
                AddScaled(_prices, _model.Costs[row], Multipliers[row]);
        }
        for (int group = 0; group < _next.Length; group++)
            FindNext(group);

        double slope = -_values[leaving];
        int freed = _basis[leaving] < 0 ? -1 : _groupOf[_basis[leaving]];
        while (true)
        {
            int group = 0;
            for (int other = 1; other < _ratios.Length; other++)
                group = _ratios[other] < _ratios[group] ? other : group;
            if (slackRatio <= _ratios[group])
                return slack;
            int item = _next[group];
            slope += _pivots[item] - _pivots[_key[group]];
            bool isTied = _basics[group] > (group == freed ? 1 : 0);
            if (isTied || slope <= Tolerance)
                return item;
            _key[group] = item;
            FindNext(group);
        }
    }

    private void FindNext(int group)
    {
        double keyPivot = _pivots[_key[group]];
        double keyPrice = _prices[_key[group]];
        double bestRatio = double.PositiveInfinity;
        double bestPivot = 0;
        for (int item = _model.Start[group]; item < _model.Start[group + 1]; item++)
        {
            double pivot = _pivots[item] - keyPivot;
            if (pivot >= -Tolerance)
                continue;
            double ratio = Math.Max(0, _prices[item] - keyPrice) / -pivot;
            if ((ratio < bestRatio - 1e-15 || (ratio <= bestRatio + 1e-15 && pivot < bestPivot))
                && (_basics[group] == 0 || Array.IndexOf(_basis, item) < 0))
            {
                bestRatio = Math.Min(ratio, bestRatio);
                bestPivot = pivot;
                _next[group] = item;
            }
        }
        _ratios[group] = bestRatio;
    }

    private static void AddScaled(double[] sums, double[] values, double factor)
    {
        var factors = new Vector<double>(factor);
        int i = 0;
        for (; i <= sums.Length - Vector<double>.Count; i += Vector<double>.Count)
            (new Vector<double>(sums, i) + (new Vector<double>(values, i) * factors)).CopyTo(sums, i);
        for (; i < sums.Length; i++)
            sums[i] += values[i] * factor;
    }

    /// <summary>The weights of the leaving row contradict the limits, if that holds when computed directly.</summary>
    private void SetRay(int leaving)
    {
        var ray = new double[_model.Rows];
        double needed = 0;
        double size = 0;
        for (int row = 0; row < ray.Length; row++)
        {
            ray[row] = Math.Max(0, _inverse[leaving, row]);
            needed -= ray[row] * _model.Limits[row];
            size += ray[row] * _model.Limits[row];
        }
        for (int group = 0; group < _model.Groups; group++)
        {
            double least = double.PositiveInfinity;
            for (int item = _model.Start[group]; item < _model.Start[group + 1]; item++)
            {
                double price = 0;
                for (int row = 0; row < ray.Length; row++)
                    price += ray[row] * _model.Costs[row][item];
                least = Math.Min(least, price);
            }
            needed += least;
        }
        IsInfeasible = needed > 1e-12 * size;
        if (IsInfeasible)
            ray.CopyTo(Multipliers, 0);
    }
}
