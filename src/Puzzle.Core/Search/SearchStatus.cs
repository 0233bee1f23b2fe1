namespace Puzzle.Search;

/// <summary>What a solver can say about its answer.</summary>
public enum SearchStatus
{
    /// <summary>No answer was found in the time given; there may be one.</summary>
    Unsolved,

    /// <summary>No answer exists; see <see cref="SearchResult.Infeasibility"/>.</summary>
    Infeasible,

    /// <summary>The answer meets every constraint; it is not proven best, see <see cref="SearchResult.Gap"/>.</summary>
    Feasible,

    /// <summary>The answer meets every constraint and is proven best.</summary>
    Optimal,
}
