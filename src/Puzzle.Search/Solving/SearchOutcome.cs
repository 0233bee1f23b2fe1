namespace Puzzle.Search.Solving;

/// <summary>What a search of a choice model found, to minimize: in the whole model, or among what lies below a threshold.</summary>
/// <param name="Status">How it ended, for what was asked.</param>
/// <param name="Items">The chosen items; null for none.</param>
/// <param name="Bound">What no choice can beat, as far as the search shows; NaN for an impossible model.</param>
internal sealed record SearchOutcome(SearchStatus Status, int[]? Items, double Bound)
{
    public static SearchOutcome Infeasible { get; } = new(SearchStatus.Infeasible, null, double.NaN);

    /// <summary>Gets a price for each row of the model; empty where the search knows none.</summary>
    public double[] Prices { get; init; } = [];

    /// <summary>Gets a value indicating whether nothing was left out: the choice is the best one asked for, or there is none.</summary>
    public bool IsComplete => Status is SearchStatus.Optimal or SearchStatus.Infeasible;

    /// <summary>Gives the outcome of a search that ended with nothing.</summary>
    public static SearchOutcome Unsolved(double bound = double.NegativeInfinity) => new(SearchStatus.Unsolved, null, bound);

    /// <summary>Gives the outcome of a search below a threshold.</summary>
    /// <param name="items">The best choice found.</param>
    /// <param name="isComplete">Whether nothing was left out.</param>
    /// <param name="bound">What no choice can beat.</param>
    public static SearchOutcome Below(int[]? items, bool isComplete, double bound) => new(
        (items is null, isComplete) switch
        {
            (false, true) => SearchStatus.Optimal,
            (false, false) => SearchStatus.Feasible,
            (true, true) => SearchStatus.Infeasible,
            (true, false) => SearchStatus.Unsolved,
        },
        items,
        bound);
}
