using Puzzle.Measurement;
using Puzzle.Pipeline;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.ConsoleApp;

/// <summary>The best summed score for a range of speed-ups, from the library as it is.</summary>
internal sealed record FrontierPoints(IReadOnlyList<(double Speedup, double Score)> Points)
{
    private const int Count = 32;

    public static FrontierPoints Compute(PuzzleResult result, IArchitectureSolver solver, CancellationToken cancellationToken)
    {
        SearchProblem problem = result.Problem with { Constraints = [] };
        double parent = problem.TotalsOf(problem.ParentChoice())[CostName.Runtime];
        SearchResult fastest = solver.Solve(problem.Optimizing(CostName.Runtime, ObjectiveDirection.Minimize), cancellationToken);
        FrontierAxis axis = FrontierAxis.Between(CostName.Runtime, fastest.Totals[CostName.Runtime], parent, Count);
        return new FrontierPoints([.. new Frontier(solver).Sweep(problem, axis, cancellationToken: cancellationToken)
            .Where(point => point.Result.HasAnswer && !point.IsRedundant)
            .Select(point => (parent / point.Result.Totals[CostName.Runtime], point.Result.Objective))
            .OrderBy(point => point.Item1)]);
    }
}
