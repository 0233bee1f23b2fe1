using Puzzle.Measurement;
using Puzzle.Pipeline;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Reporting;

/// <summary>Computes the best summed score for speed-ups up to a little beyond the child's, from the library as it is.</summary>
public static class FrontierSearch
{
    private const int Points = 32;
    private const double Beyond = 1.2;

    /// <summary>Computes the frontier of a run that found a child; null where costs have no runtime or there is no child.</summary>
    /// <param name="result">What the run found.</param>
    /// <param name="solver">Solves each point.</param>
    /// <param name="objective">What is summed, for readers.</param>
    /// <param name="cancellationToken">Stops between points.</param>
    public static FrontierReport? Compute(
        PuzzleResult result, IArchitectureSolver solver, string objective, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(solver);
        SearchProblem problem = result.Problem with { Constraints = [] };
        IReadOnlyList<LayerChoice> own = problem.ParentChoice();
        double parent = problem.TotalsOf(own).GetValueOrDefault(CostName.Runtime);
        if (result.Child is not { } child || !(parent > 0))
            return null;
        SearchResult fastest = solver.Solve(problem.Optimizing(CostName.Runtime, ObjectiveDirection.Minimize), cancellationToken);
        double least = Math.Max(fastest.Totals[CostName.Runtime], result.Search.Totals[CostName.Runtime] / Beyond);
        FrontierAxis axis = FrontierAxis.Between(CostName.Runtime, least, parent, Points);
        double bound = result.Problem.Constraints.Where(constraint => constraint.Cost == CostName.Runtime)
            .Select(constraint => constraint.Maximum)
            .DefaultIfEmpty(double.PositiveInfinity)
            .Min();
        return new FrontierReport(
            objective,
            [.. new Frontier(solver).Sweep(problem, axis, cancellationToken: cancellationToken)
                .Where(point => point.Result.HasAnswer && !point.IsRedundant)
                .Select(point => Point("", point.Result.Choice))
                .OrderBy(point => point.Speedup)],
            [
                Point(RunReport.ParentName, own),
                .. result.Baselines.Append(child).Select(candidate => Point(candidate.Name, candidate.Result.Choice))
            ],
            double.IsFinite(bound) && bound > 0 ? parent / bound : null);

        FrontierReportPoint Point(string name, IReadOnlyList<LayerChoice> choice) => new(
            name, parent / problem.TotalsOf(choice)[CostName.Runtime], problem.ScoreOf(choice), [.. choice.Select(one => one.VariantName)]);
    }
}
