namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// The dual simplex method with generalized upper bounds (Dantzig and Van Slyke 1967): one key item for each group, and a working basis as
/// small as the number of rows. A step goes as far as the bound rises, past the points where groups change their key (the long-step rule).
/// </summary>
internal sealed class DualSimplex(ReducedModel model)
{
    private readonly int[] _groupOf = new int[model.Items];
    private readonly int[] _key = GroupValues.LeastItems(model.Start, model.Scores);
    private readonly int[] _basis = new int[model.Rows]; // item, or -1 - row for a slack
    private readonly int[] _basics = new int[model.Groups]; // by group: how many of its items are in the basis
    private readonly BasisInverse _inverse = new(model.Rows);
    private readonly double[] _room = new double[model.Rows]; // by row: what the keys leave of the limit
    private readonly double[] _values = new double[model.Rows];
    private readonly double[] _pivots = new double[model.Items];
    private readonly double[] _prices = new double[model.Items];
    private readonly double[] _ratios = new double[model.Groups]; // by group: how far its key stays the cheapest
    private readonly int[] _next = new int[model.Groups]; // by group: the item that takes over then

    /// <summary>
    /// Gets a multiplier for each row, none negative; for an infeasible model, the weights of rows that contradict each other.
    /// </summary>
    public double[] Multipliers { get; } = new double[model.Rows];

    public int[] Keys => _key;

    public bool IsInfeasible { get; private set; }

    /// <summary>Solves from the cheapest items, which are dual feasible.</summary>
    public void Run(CancellationToken cancellationToken)
    {
        for (int group = 0; group < model.Groups; group++)
            Array.Fill(_groupOf, group, model.Start[group], model.Start[group + 1] - model.Start[group]);
        for (int slot = 0; slot < _basis.Length; slot++)
            _basis[slot] = -1 - slot;

        // More steps than any problem met has taken: rounding may make it cycle, and then the bound reached so far is taken.
        int limit = (20 * (model.Groups + model.Rows)) + 200;
        for (int iteration = 0; iteration < limit && Factorize(); iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int leaving = Leaving();
            if (leaving < 0)
                break;
            int entering = Step(leaving);
            if (entering == int.MinValue)
            {
                SetRay(leaving);
                break;
            }
            _basis[leaving] = entering;
        }
        DropTraces();
    }

    /// <summary>Gives the items beside the keys that have a share in the relaxed choice.</summary>
    public List<(int Item, int Group, double Share)> Shares()
    {
        var shares = new List<(int, int, double)>(_basis.Length);
        for (int slot = 0; slot < _basis.Length; slot++)
        {
            if (_basis[slot] >= 0)
                shares.Add((_basis[slot], _groupOf[_basis[slot]], _values[slot]));
        }
        return shares;
    }

    /// <summary>A multiplier left over from rounding would make its row look as if it mattered.</summary>
    private void DropTraces()
    {
        double size = 0;
        for (int row = 0; row < Multipliers.Length; row++)
            size = Math.Max(size, Multipliers[row] * model.Limits[row]);
        for (int row = 0; row < Multipliers.Length && !IsInfeasible; row++)
        {
            if (Multipliers[row] * model.Limits[row] < ExactTolerances.OfSum(size))
                Multipliers[row] = 0;
        }
    }

    /// <summary>Inverts the working basis and computes the multipliers and the basic values; false when the basis is singular.</summary>
    private bool Factorize()
    {
        int rows = model.Rows;
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
            Multipliers[row] = Multiplier(row);
            _room[row] = Room(row);
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

    private double Multiplier(int row)
    {
        double multiplier = 0;
        for (int slot = 0; slot < _basis.Length; slot++)
        {
            int item = _basis[slot];
            if (item >= 0)
                multiplier -= _inverse[slot, row] * (model.Scores[item] - model.Scores[_key[_groupOf[item]]]);
        }
        return Math.Max(0, multiplier);
    }

    private double Room(int row)
    {
        double room = model.Limits[row];
        double[] costs = model.Costs[row];
        foreach (int key in _key)
            room -= costs[key];
        return room;
    }

    private double Column(int slot, int row)
    {
        int item = _basis[slot];
        if (item < 0)
            return -1 - item == row ? 1 : 0;
        return model.Costs[row][item] - model.Costs[row][_key[_groupOf[item]]];
    }

    /// <summary>
    /// Finds the most negative basic value. A key that is more negative changes places with a basic item of its group first.
    /// </summary>
    private int Leaving()
    {
        int leaving = -1;
        double worst = -ExactTolerances.Basic;
        for (int slot = 0; slot < _basis.Length; slot++)
        {
            if (_values[slot] < worst)
                (worst, leaving) = (_values[slot], slot);
        }
        int negativeKey = NegativeKey(worst);
        if (negativeKey < 0)
            return leaving;
        int group = _groupOf[_basis[negativeKey]];
        (_key[group], _basis[negativeKey]) = (_basis[negativeKey], _key[group]);
        return Factorize() ? negativeKey : -1;
    }

    /// <summary>
    /// Finds the key below a value, the most negative one, and gives the slot of the largest basic item of its group; -1 when there is
    /// none.
    /// </summary>
    private int NegativeKey(double worst)
    {
        int found = -1;
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
                (worst, found) = (key, largest);
        }
        return found;
    }

    /// <summary>
    /// Moves along the direction in which the leaving value rises until the bound would fall, and gives the item (or
    /// -1 - row for a slack) that stops it; groups without basic items change their key on the way.
    /// </summary>
    private int Step(int leaving)
    {
        (int slack, double slackRatio) = Direction(leaving);
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
            if (isTied || slope <= ExactTolerances.Basic)
                return item;
            _key[group] = item;
            FindNext(group);
        }
    }

    /// <summary>Prices all items and finds how they change along the step, and the slack that would stop it first.</summary>
    private (int Slack, double Ratio) Direction(int leaving)
    {
        int slack = int.MinValue;
        double ratio = double.PositiveInfinity;
        Array.Clear(_pivots);
        model.Scores.CopyTo(_prices, 0);
        for (int row = 0; row < model.Rows; row++)
        {
            double pivot = _inverse[leaving, row];
            if (pivot < -ExactTolerances.Basic && Multipliers[row] / -pivot < ratio && Array.IndexOf(_basis, -1 - row) < 0)
                (slack, ratio) = (-1 - row, Multipliers[row] / -pivot);
            if (pivot != 0)
                ReducedModel.AddScaled(_pivots, model.Costs[row], pivot);
            if (Multipliers[row] != 0)
                ReducedModel.AddScaled(_prices, model.Costs[row], Multipliers[row]);
        }
        return (slack, ratio);
    }

    private void FindNext(int group)
    {
        double keyPivot = _pivots[_key[group]];
        double keyPrice = _prices[_key[group]];
        double bestRatio = double.PositiveInfinity;
        double bestPivot = 0;
        for (int item = model.Start[group]; item < model.Start[group + 1]; item++)
        {
            double pivot = _pivots[item] - keyPivot;
            if (pivot >= -ExactTolerances.Basic)
                continue;
            double ratio = Math.Max(0, _prices[item] - keyPrice) / -pivot;
            bool isSooner = ratio < bestRatio - ExactTolerances.Ratio || (ratio <= bestRatio + ExactTolerances.Ratio && pivot < bestPivot);
            if (isSooner && (_basics[group] == 0 || Array.IndexOf(_basis, item) < 0))
            {
                bestRatio = Math.Min(ratio, bestRatio);
                bestPivot = pivot;
                _next[group] = item;
            }
        }
        _ratios[group] = bestRatio;
    }

    /// <summary>The weights of the leaving row contradict the limits, if that holds when computed directly.</summary>
    private void SetRay(int leaving)
    {
        var ray = new double[model.Rows];
        var prices = new double[model.Items];
        double size = 0;
        for (int row = 0; row < ray.Length; row++)
        {
            ray[row] = Math.Max(0, _inverse[leaving, row]);
            size += ray[row] * model.Limits[row];
            ReducedModel.AddScaled(prices, model.Costs[row], ray[row]);
        }
        double needed = GroupValues.TotalOf(GroupValues.Least(model.Start, prices)) - size;
        IsInfeasible = needed > ExactTolerances.OfSum(size);
        if (IsInfeasible)
            ray.CopyTo(Multipliers, 0);
    }
}
