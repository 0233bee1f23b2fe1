namespace Puzzle.Search.Solving;

/// <summary>
/// The trade-off between quality and one or two costs. Points come loosest first; a point that a looser one's proven answer
/// satisfies has that answer, and once bounds are out of reach tighter ones are too, so neither is solved again.
/// </summary>
/// <param name="solver">Solves each point.</param>
public sealed class Frontier(IArchitectureSolver solver)
{
    /// <summary>Sweeps one cost or two; points are streamed as they are found.</summary>
    /// <param name="problem">The problem; its own constraints hold at every point.</param>
    /// <param name="axis">The cost to sweep.</param>
    /// <param name="second">Another one, swept at every value of the first.</param>
    /// <param name="cancellationToken">Stops the sweep.</param>
    public IEnumerable<FrontierPoint> Sweep(
        SearchProblem problem, FrontierAxis axis, FrontierAxis? second = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(axis);
        FrontierAxis[] axes = second is null ? [axis] : [axis, second];
        foreach (FrontierAxis swept in axes)
        {
            if (swept.Maxima.Any(double.IsNaN))
                throw new ArgumentException($"The swept maxima of {swept.Cost} must be numbers.", nameof(axis));
        }
        return Points();

        IEnumerable<FrontierPoint> Points()
        {
            var done = new List<FrontierPoint>();
            foreach (double[] maxima in Grid(axes))
            {
                cancellationToken.ThrowIfCancellationRequested();
                FrontierPoint point = Solve(problem, axes, maxima, done, cancellationToken);
                done.Add(point);
                yield return point;
            }
        }
    }

    private FrontierPoint Solve(
        SearchProblem problem, FrontierAxis[] axes, double[] maxima, List<FrontierPoint> done, CancellationToken cancellationToken)
    {
        SearchProblem bounded = problem with
        {
            Constraints = [.. problem.Constraints, .. axes.Select((axis, i) => new ResourceConstraint(axis.Cost, maxima[i]))],
        };
        foreach (FrontierPoint looser in done.Where(point => point.Maxima.Zip(maxima).All(pair => pair.First >= pair.Second)).Reverse())
        {
            if (looser.Result.Status == SearchStatus.Infeasible)
                return new FrontierPoint(maxima, looser.Result with { Elapsed = TimeSpan.Zero }, IsRedundant: false);
            if (looser.Result.Status == SearchStatus.Optimal && IsWithin(looser.Result, axes, maxima))
            {
                SearchResult same = AnswerBuilder.Answer(bounded, looser.Result.Choice, null, looser.Result.Solver, TimeSpan.Zero);
                return new FrontierPoint(maxima, same, IsRedundant: true);
            }
        }
        return new FrontierPoint(maxima, solver.Solve(bounded, cancellationToken), IsRedundant: false);
    }

    private static bool IsWithin(SearchResult result, FrontierAxis[] axes, double[] maxima)
        => axes.Zip(maxima).All(pair => new ResourceConstraint(pair.First.Cost, pair.Second).IsMetBy(result.Totals[pair.First.Cost]));

    private static IEnumerable<double[]> Grid(FrontierAxis[] axes)
    {
        foreach (double first in axes[0].Maxima.OrderDescending())
        {
            if (axes.Length == 1)
            {
                yield return [first];
                continue;
            }
            foreach (double second in axes[1].Maxima.OrderDescending())
                yield return [first, second];
        }
    }
}
