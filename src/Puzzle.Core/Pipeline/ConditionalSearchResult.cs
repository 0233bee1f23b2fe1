using Puzzle.Search;

namespace Puzzle.Pipeline;

/// <summary>What solving and re-scoring in turn found.</summary>
/// <param name="Rounds">Every architecture that was measured, in order; empty if the search had no answer.</param>
/// <param name="Best">The round with the best measured score; null if there is none.</param>
/// <param name="First">The answer on the scores that were given.</param>
/// <param name="Ending">Why it ended.</param>
public sealed record ConditionalSearchResult(
    IReadOnlyList<ConditionalRound> Rounds, ConditionalRound? Best, SearchResult First, ConditionalEnding Ending);
