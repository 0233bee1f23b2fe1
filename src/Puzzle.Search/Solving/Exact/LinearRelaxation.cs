namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// The linear relaxation of a reduced model at some multipliers of its rows: the Lagrangian bound, what each item adds to it,
/// and the relaxed choice. Whatever the multipliers, the bound holds.
/// </summary>
internal sealed class LinearRelaxation
{
    private readonly double[] _priced;
    private readonly double[] _least;
    private readonly int[] _start;

    private LinearRelaxation(ReducedModel model, DualSimplex simplex, double[] priced, double[] least, double value)
    {
        _start = model.Start;
        _priced = priced;
        _least = least;
        Multipliers = simplex.Multipliers;
        Keys = simplex.Keys;
        Shares = simplex.Shares();
        IsInfeasible = simplex.IsInfeasible;
        Value = value;
    }

    /// <summary>
    /// Gets a multiplier for each row, none negative; for an infeasible model, the weights of rows that contradict each other.
    /// </summary>
    public double[] Multipliers { get; }

    /// <summary>Gets a value that no choice can beat; infinity for an infeasible model.</summary>
    public double Value { get; }

    public bool IsInfeasible { get; }

    /// <summary>Gets the item with the largest share in each group.</summary>
    public int[] Keys { get; }

    /// <summary>Gets the items beside the keys that have a share in the relaxed choice.</summary>
    public IReadOnlyList<(int Item, int Group, double Share)> Shares { get; }

    /// <summary>Gets each item's score plus its costs at the multipliers.</summary>
    public double[] Priced => _priced;

    public static LinearRelaxation Solve(ReducedModel model, CancellationToken cancellationToken)
    {
        var simplex = new DualSimplex(model);
        simplex.Run(cancellationToken);
        double[] priced = model.Priced(simplex.Multipliers);
        double[] least = GroupValues.Least(model.Start, priced);
        double value = 0;
        for (int row = 0; row < model.Rows; row++)
            value -= simplex.Multipliers[row] * model.Limits[row];
        foreach (double price in least)
            value += price;
        return new LinearRelaxation(model, simplex, priced, least, simplex.IsInfeasible ? double.PositiveInfinity : value);
    }

    /// <summary>Says for each item whether a choice of at most some score may contain it.</summary>
    public bool[] ItemsWithin(double score)
    {
        var within = new bool[_priced.Length];
        double room = score - Value;
        for (int group = 0; group < _least.Length; group++)
        {
            for (int item = _start[group]; item < _start[group + 1]; item++)
                within[item] = _priced[item] - _least[group] <= room;
        }
        return within;
    }
}
