using Puzzle.Measurement;
using Puzzle.Pipeline;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.ConsoleApp;

/// <summary>The best summed score for speed-ups up to a little beyond the child's, from the library as it is.</summary>
internal sealed record FrontierPoints(IReadOnlyList<(double Speedup, double Score)> Points)
{
    private const int Count = 32;
    private const double Beyond = 1.2;

    public static FrontierPoints Compute(PuzzleResult result, IArchitectureSolver solver, CancellationToken cancellationToken)
    {
        SearchProblem problem = result.Problem with { Constraints = [] };
        double parent = problem.TotalsOf(problem.ParentChoice())[CostName.Runtime];
        SearchResult fastest = solver.Solve(problem.Optimizing(CostName.Runtime, ObjectiveDirection.Minimize), cancellationToken);
        double least = Math.Max(fastest.Totals[CostName.Runtime], result.Search.Totals[CostName.Runtime] / Beyond);
        FrontierAxis axis = FrontierAxis.Between(CostName.Runtime, least, parent, Count);
        return new FrontierPoints([.. new Frontier(solver).Sweep(problem, axis, cancellationToken: cancellationToken)
            .Where(point => point.Result.HasAnswer && !point.IsRedundant)
            .Select(point => (parent / point.Result.Totals[CostName.Runtime], point.Result.Objective))
            .OrderBy(point => point.Item1)]);
    }
}
