namespace Puzzle.Search.Solving;

/// <summary>What a batch size could give.</summary>
/// <param name="BatchSize">The batch size.</param>
/// <param name="Bound">What no architecture can beat at this batch size; NaN when none can meet the constraints.</param>
/// <param name="Result">The answer; null when the bound already showed that another batch size is at least as good.</param>
public sealed record BatchOutcome(int BatchSize, double Bound, SearchResult? Result);
