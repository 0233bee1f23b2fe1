namespace Puzzle.Search.Scoring;

/// <summary>What solving and re-scoring in turn found.</summary>
/// <param name="Rounds">Every architecture that was measured, in order; empty if the first search had no answer.</param>
/// <param name="Best">The round with the best measured score; null if there is none.</param>
/// <param name="Last">The solver's last answer.</param>
/// <param name="Ending">Why it ended.</param>
public sealed record ConditionalSearchResult(IReadOnlyList<ConditionalRound> Rounds, ConditionalRound? Best, SearchResult Last, ConditionalEnding Ending);
