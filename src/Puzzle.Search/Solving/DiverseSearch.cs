namespace Puzzle.Search.Solving;

/// <summary>Several good architectures that differ from each other (paper appendix B).</summary>
public static class DiverseSearch
{
    /// <summary>
    /// Finds architectures one after another, best first, each differing from all before it; ends early when there is none left.
    /// </summary>
    /// <param name="solver">Finds each of them.</param>
    /// <param name="problem">The problem; its previous architectures count too.</param>
    /// <param name="count">How many.</param>
    /// <param name="minimumDistance">In how many layers any two differ.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public static IEnumerable<SearchResult> SolveDiverse(
        this IArchitectureSolver solver,
        SearchProblem problem,
        int count,
        int minimumDistance,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(solver);
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumDistance, 1);
        return Solve();

        IEnumerable<SearchResult> Solve()
        {
            List<IReadOnlyList<LayerChoice>> previous = [.. problem.PreviousArchitectures];
            for (int i = 0; i < count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                SearchProblem next = problem with { PreviousArchitectures = [.. previous], MinimumDistance = minimumDistance };
                SearchResult result = solver.Solve(next, cancellationToken);
                if (!result.HasAnswer)
                    yield break;
                yield return result;
                previous.Add(result.Choice);
            }
        }
    }

    /// <summary>Gives the distance that lets two architectures share at most some of their layers.</summary>
    /// <param name="share">The largest share, the paper's alpha, in [0, 1].</param>
    /// <param name="layers">The number of layers.</param>
    public static int Distance(double share, int layers)
    {
        if (!(share >= 0 && share <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "The share must be in [0, 1].");
        return (int)Math.Ceiling(((1 - share) * layers) - 1e-9);
    }
}
