namespace Puzzle.Search.Solving;

/// <summary>What a backend found: the chosen items (null for none) and, to minimize, what no choice can beat.</summary>
internal sealed record MipOutcome(SearchStatus Status, int[]? Items, double Bound);
