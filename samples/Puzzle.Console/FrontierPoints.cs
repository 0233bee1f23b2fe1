using Puzzle.Measurement;
using Puzzle.Pipeline;
using Puzzle.Search;

namespace Puzzle.ConsoleApp;

/// <summary>The best summed score for a range of speed-ups, from the library as it is.</summary>
internal sealed record FrontierPoints(IReadOnlyList<(double Speedup, double Score)> Points)
{
    private const int Count = 24;

    public static FrontierPoints Compute(PuzzleResult result, IArchitectureSolver solver, Workload workload, CancellationToken cancellationToken)
    {
        SearchProblem problem = result.Problem with { Constraints = [] };
        IReadOnlyDictionary<CostName, double> parent = problem.TotalsOf(problem.ParentChoice());
        SearchResult fastest = solver.Solve(problem.Optimizing(CostName.Runtime, ObjectiveDirection.Minimize), cancellationToken);
        double most = parent[CostName.Runtime] / fastest.Totals[CostName.Runtime];
        var points = new List<(double, double)>();
        for (int i = 0; i <= Count; i++)
        {
            double speedup = 1 + ((most - 1) * i / Count);
            SearchResult best = solver.Solve(problem with { Constraints = DeploymentTarget.Speedup(speedup).ToConstraints(workload, parent) }, cancellationToken);
            if (best.HasAnswer)
                points.Add((parent[CostName.Runtime] / best.Totals[CostName.Runtime], best.Objective));
        }
        return new FrontierPoints(points);
    }
}
