using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class LargeLibraryTests
{
    private static readonly CostName Runtime = CostName.Runtime;

    [Fact]
    public void Solve_AMillionVariants_GivesAnAnswerWithinTheBudgetAndATrueBound()
    {
        // 100 layers of 10,000 variants on a noisy convex trade-off of score and runtime.
        var random = new Random(7);
        SearchVariant[][] layers = [.. Enumerable.Range(0, 100).Select(_ => Enumerable.Range(0, 10_000).Select(i =>
        {
            double runtime = (i + 1) / 10_000.0;
            return new SearchVariant(
                $"v{i}", ((1 - runtime) * (1 - runtime)) + (random.NextDouble() * 0.05),
                new Dictionary<CostName, double> { [Runtime] = runtime });
        }).ToArray())];
        var problem = new SearchProblem { Layers = layers, Constraints = [new ResourceConstraint(Runtime, 50)] };

        SearchResult result = new ExactArchitectureSolver(new ExactSolverOptions { TimeLimit = TimeSpan.FromSeconds(30) }).Solve(problem);

        Assert.True(result.HasAnswer, result.Status.ToString());
        Assert.InRange(result.Gap, 0, 1e-4);
        Assert.True(result.Totals[Runtime] <= 50 * (1 + 1e-9));
        Assert.Equal(problem.ScoreOf(result.Choice), result.Objective);
        Assert.True(result.Bound <= result.Objective);
    }
}
