namespace Puzzle.Search.Solving;

/// <summary>The best batch size and what the others gave.</summary>
/// <param name="BatchSize">The batch size of the best answer; the smallest one tried when there is no answer.</param>
/// <param name="Best">The best answer.</param>
/// <param name="Outcomes">Every batch size, smallest first.</param>
public sealed record BatchSearchResult(int BatchSize, SearchResult Best, IReadOnlyList<BatchOutcome> Outcomes);
