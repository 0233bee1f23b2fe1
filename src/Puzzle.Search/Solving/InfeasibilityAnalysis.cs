using Puzzle.Measurement;

namespace Puzzle.Search.Solving;

/// <summary>Finds out why a problem has no answer, with the solver that said so.</summary>
internal static class InfeasibilityAnalysis
{
    /// <summary>Solves a problem, and explains where there is no answer.</summary>
    public static SearchResult Solve(
        SearchProblem problem, Func<SearchProblem, CancellationToken, SearchResult> solve, CancellationToken cancellationToken)
    {
        SearchResult result = solve(problem, cancellationToken);
        return result.Status == SearchStatus.Infeasible
            ? result with { Infeasibility = Explain(problem, solve, cancellationToken) }
            : result;
    }

    private static InfeasibilityReport Explain(
        SearchProblem problem, Func<SearchProblem, CancellationToken, SearchResult> solve, CancellationToken cancellationToken)
    {
        var sides = new List<ResourceConstraint>();
        foreach (ResourceConstraint constraint in problem.Constraints)
        {
            if (!double.IsPositiveInfinity(constraint.Maximum))
                sides.Add(constraint with { Minimum = 0 });
            if (constraint.Minimum > 0)
                sides.Add(constraint with { Maximum = double.PositiveInfinity });
        }

        bool IsPossible(IEnumerable<ResourceConstraint> constraints)
            => solve(problem with { Constraints = [.. constraints] }, cancellationToken).Status != SearchStatus.Infeasible;

        // Deletion filter: a bound stays only if the rest can be met without it.
        sides = [.. sides.Distinct()];
        List<ResourceConstraint> conflict = [.. sides];
        if (!IsPossible([]))
            conflict.Clear();
        foreach (ResourceConstraint side in sides)
        {
            if (conflict.Count > 0 && !IsPossible(conflict.Where(other => other != side)))
                conflict.Remove(side);
        }

        return new InfeasibilityReport([.. sides.Select(side =>
        {
            bool isMaximum = side.Minimum == 0;
            return new AttainableBound(
                side.Cost,
                isMaximum,
                isMaximum ? side.Maximum : side.Minimum,
                Attainable(problem, side, [], solve, cancellationToken) ?? double.NaN,
                Attainable(problem, side, [.. sides.Where(other => other != side)], solve, cancellationToken),
                conflict.Contains(side));
        })]);
    }

    private static double? Attainable(
        SearchProblem problem,
        ResourceConstraint side,
        IReadOnlyList<ResourceConstraint> others,
        Func<SearchProblem, CancellationToken, SearchResult> solve,
        CancellationToken cancellationToken)
    {
        ObjectiveDirection direction = side.Minimum == 0 ? ObjectiveDirection.Minimize : ObjectiveDirection.Maximize;
        SearchProblem extreme = problem.Optimizing(side.Cost, direction) with { Constraints = others };
        SearchResult result = solve(extreme, cancellationToken);
        return result.HasAnswer ? result.Objective + problem.FixedCosts.GetValueOrDefault(side.Cost) : null;
    }
}
