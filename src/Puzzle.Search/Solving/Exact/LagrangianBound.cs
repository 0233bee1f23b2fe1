using System.Numerics;

namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// The linear relaxation of a multiple-choice model by the dual simplex method with generalised upper bounds: one key
/// item for each group, and a working basis as small as the number of rows. Whatever multipliers it stops at give a valid bound.
/// </summary>
internal sealed class LagrangianBound
{
    private const double Tolerance = 1e-10;
    private readonly ReducedModel _model;
    private readonly int[] _groupOf;
    private readonly int[] _key;
    private readonly int[] _basis; // item, or -1 - row for a slack
    private readonly double[,] _inverse;
    private readonly double[] _values;
    private readonly double[] _pivots;
    private readonly double[] _prices;

    public LagrangianBound(ReducedModel model)
    {
        _model = model;
        _groupOf = new int[model.Items];
        _key = new int[model.Groups];
        for (int group = 0; group < model.Groups; group++)
        {
            int first = model.Start[group];
            Array.Fill(_groupOf, group, first, model.Start[group + 1] - first);
            _key[group] = first + model.Scores.AsSpan(first, model.Start[group + 1] - first).IndexOf(Least(model.Scores, first, model.Start[group + 1]));
        }
        _basis = [.. Enumerable.Range(0, model.Rows).Select(row => -1 - row)];
        _inverse = new double[model.Rows, model.Rows];
        _values = new double[model.Rows];
        _pivots = new double[model.Items];
        _prices = new double[model.Items];
        Multipliers = new double[model.Rows];
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

    private static double Least(double[] values, int from, int to)
    {
        double least = values[from];
        for (int i = from + 1; i < to; i++)
            least = Math.Min(least, values[i]);
        return least;
    }

    private void Solve()
    {
        int limit = 20 * (_model.Groups + _model.Rows) + 200;
        for (int iteration = 0; iteration < limit; iteration++)
        {
            if (!Factorise())
                return;
            int leaving = Leaving();
            if (leaving < 0)
                return;
            int entering = Entering(leaving);
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
    private bool Factorise()
    {
        int rows = _model.Rows;
        var work = new double[rows, 2 * rows];
        for (int slot = 0; slot < rows; slot++)
        {
            for (int row = 0; row < rows; row++)
                work[row, slot] = Column(slot, row);
            work[slot, rows + slot] = 1;
        }
        for (int column = 0; column < rows; column++)
        {
            int pivot = column;
            for (int row = column + 1; row < rows; row++)
                pivot = Math.Abs(work[row, column]) > Math.Abs(work[pivot, column]) ? row : pivot;
            if (Math.Abs(work[pivot, column]) < 1e-13)
                return false;
            for (int k = 0; k < 2 * rows; k++)
            {
                (work[column, k], work[pivot, k]) = (work[pivot, k], work[column, k]);
            }
            double scale = 1 / work[column, column];
            for (int k = 0; k < 2 * rows; k++)
                work[column, k] *= scale;
            for (int row = 0; row < rows; row++)
            {
                double factor = work[row, column];
                if (row == column || factor == 0)
                    continue;
                for (int k = 0; k < 2 * rows; k++)
                    work[row, k] -= factor * work[column, k];
            }
        }
        for (int slot = 0; slot < rows; slot++)
        {
            for (int row = 0; row < rows; row++)
                _inverse[slot, row] = work[slot, rows + row];
        }
        for (int row = 0; row < rows; row++)
        {
            double multiplier = 0;
            for (int slot = 0; slot < rows; slot++)
            {
                int item = _basis[slot];
                if (item >= 0)
                    multiplier -= _inverse[slot, row] * (_model.Scores[item] - _model.Scores[_key[_groupOf[item]]]);
            }
            Multipliers[row] = Math.Max(0, multiplier);
        }
        ComputeValues();
        return true;
    }

    private void ComputeValues()
    {
        int rows = _model.Rows;
        Span<double> room = rows <= 32 ? stackalloc double[rows] : new double[rows];
        for (int row = 0; row < rows; row++)
        {
            room[row] = _model.Limits[row];
            foreach (int key in _key)
                room[row] -= _model.Costs[row][key];
        }
        for (int slot = 0; slot < rows; slot++)
        {
            double value = 0;
            for (int row = 0; row < rows; row++)
                value += _inverse[slot, row] * room[row];
            _values[slot] = value;
        }
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
        return Factorise() ? negativeKey : -1;
    }

    /// <summary>Finds the item (or -1 - row for a slack) whose reduced cost allows the smallest step.</summary>
    private int Entering(int leaving)
    {
        int rows = _model.Rows;
        int entering = int.MinValue;
        double bestRatio = double.PositiveInfinity;
        double bestPivot = 0;
        for (int row = 0; row < rows; row++)
        {
            double pivot = _inverse[leaving, row];
            if (pivot < -Tolerance)
                Consider(-1 - row, Multipliers[row], pivot);
        }
        Array.Clear(_pivots);
        _model.Scores.CopyTo(_prices, 0);
        for (int row = 0; row < rows; row++)
        {
            AddScaled(_pivots, _model.Costs[row], _inverse[leaving, row]);
            if (Multipliers[row] != 0)
                AddScaled(_prices, _model.Costs[row], Multipliers[row]);
        }
        for (int group = 0; group < _model.Groups; group++)
        {
            double keyPivot = _pivots[_key[group]] - Tolerance;
            double keyPrice = _prices[_key[group]];
            for (int item = _model.Start[group]; item < _model.Start[group + 1]; item++)
            {
                if (_pivots[item] < keyPivot && item != _key[group])
                    Consider(item, Math.Max(0, _prices[item] - keyPrice), _pivots[item] - keyPivot - Tolerance);
            }
        }
        return entering;

        void Consider(int candidate, double reducedCost, double pivot)
        {
            double ratio = reducedCost / -pivot;
            if ((ratio < bestRatio - 1e-15 || (ratio <= bestRatio + 1e-15 && pivot < bestPivot)) && Array.IndexOf(_basis, candidate) < 0)
            {
                bestRatio = Math.Min(ratio, bestRatio);
                bestPivot = pivot;
                entering = candidate;
            }
        }
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
