namespace Puzzle.Search;

/// <summary>Chooses one variant for every layer (paper appendix B). Implementations are stateless and may be shared between threads.</summary>
public interface IArchitectureSolver
{
    /// <summary>Solves a problem on the calling thread.</summary>
    /// <param name="problem">The variants, what they cost and what is allowed.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The answer; an impossible problem is an answer too.</returns>
    /// <exception cref="ArgumentException">The problem is malformed.</exception>
    /// <exception cref="OperationCanceledException">The search was canceled.</exception>
    SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default);
}
