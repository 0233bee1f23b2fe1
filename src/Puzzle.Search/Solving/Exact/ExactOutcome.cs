namespace Puzzle.Search.Solving.Exact;

/// <summary>What an exact search found, to minimize.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Items">The chosen items of the full model, one for each group; null for none.</param>
/// <param name="Bound">What no choice can beat; not set when the choice is proven best.</param>
/// <param name="Prices">A multiplier for each row of the full model.</param>
internal sealed record ExactOutcome(SearchStatus Status, int[]? Items, double Bound, double[] Prices);
