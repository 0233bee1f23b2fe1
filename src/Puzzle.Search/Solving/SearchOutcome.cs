namespace Puzzle.Search.Solving;

/// <summary>What a search of a choice model found, to minimize.</summary>
/// <param name="Status">How it ended, for what was asked: the whole model, or what lies below a threshold.</param>
/// <param name="Items">The chosen items; null for none.</param>
/// <param name="Bound">What no choice can beat, as far as the search shows; NaN for an impossible model.</param>
internal sealed record SearchOutcome(SearchStatus Status, int[]? Items, double Bound)
{
    /// <summary>Gets a price for each row of the model; empty where the search knows none.</summary>
    public double[] Prices { get; init; } = [];

    public static SearchOutcome Infeasible { get; } = new(SearchStatus.Infeasible, null, double.NaN);

    /// <summary>Gives the outcome of a search that ended with nothing.</summary>
    public static SearchOutcome Unsolved(double bound = double.NegativeInfinity) => new(SearchStatus.Unsolved, null, bound);
}
