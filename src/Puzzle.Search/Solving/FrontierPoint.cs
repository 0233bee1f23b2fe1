namespace Puzzle.Search.Solving;

/// <summary>A point of a trade-off.</summary>
/// <param name="Maxima">The swept bounds, one for each axis.</param>
/// <param name="Result">The best architecture within them; infeasible where none reaches them.</param>
/// <param name="IsRedundant">Whether it is the answer of a looser point too: the bounds leave room here.</param>
public sealed record FrontierPoint(IReadOnlyList<double> Maxima, SearchResult Result, bool IsRedundant);
