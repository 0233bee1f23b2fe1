using Puzzle.Measurement;

namespace Puzzle.Search.Solving;

/// <summary>The largest architecture within the constraints, whatever it harms: the paper's table 14 baseline.</summary>
/// <param name="solver">Finds the largest one.</param>
public sealed class MaxParametersArchitectureSolver(IArchitectureSolver solver) : IArchitectureSolver
{
    private const string Name = "max-parameters";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A variant has no <see cref="CostName.Parameters"/>.</exception>
    public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        SearchResult largest = solver.Solve(problem.Optimizing(CostName.Parameters, ObjectiveDirection.Maximize), cancellationToken);
        return largest.HasAnswer
            ? HeuristicAnswer.From(problem, largest.Choice, Name, largest.Elapsed)
            : largest with { Solver = Name, Bound = double.NaN };
    }
}
