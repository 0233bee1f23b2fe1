namespace Puzzle.Search;

/// <summary>Chooses one variant for every layer (paper appendix B). Implementations are stateless and may be shared between
/// threads.</summary>
public interface IArchitectureSolver
{
    /// <summary>Gets what its results depend on besides what it is given, as one line: kind and settings. A run keeps what it found as long
    /// as this stays the same.</summary>
    /// <value>The type's name by default.</value>
    string Settings => GetType().FullName ?? GetType().Name;

    /// <summary>Solves a problem on the calling thread.</summary>
    /// <param name="problem">The variants, what they cost and what is allowed.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The answer; an impossible problem is an answer too.</returns>
    /// <exception cref="ArgumentException">The problem is malformed.</exception>
    /// <exception cref="OperationCanceledException">The search was canceled.</exception>
    SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default);
}
