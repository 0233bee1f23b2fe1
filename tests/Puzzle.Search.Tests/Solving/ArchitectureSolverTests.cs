using CsCheck;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class ArchitectureSolverTests
{
    [Fact]
    public void Solve_CommonShape_UsesTheExactSolver()
    {
        SearchProblem problem = RandomProblems.Create(new Random(2), 4, 1, lattice: false, previous: 0) with { Constraints = [] };
        SearchResult result = new ArchitectureSolver().Solve(problem, TestContext.Current.CancellationToken);
        Assert.Equal("exact", result.Solver);
        Assert.Equal(SearchStatus.Optimal, result.Status);
    }

    [Fact]
    public void Solve_Dual_IsCheapestAtThatScore() => Gen.Int[0, int.MaxValue - 1].Sample(
        seed =>
        {
            SearchProblem problem = RandomProblems.Create(new Random(seed), 4, 1, lattice: false, previous: 0) with { Constraints = [] };
            double sign = problem.Direction == ObjectiveDirection.Minimize ? 1 : -1;
            double bound = problem.ScoreOf(problem.ParentChoice());
            SearchResult result = new ArchitectureSolver().Solve(problem.CheapestWithin(new("cost_0"), bound));
            var best = RandomProblems.BruteForce(
                problem.Optimizing(new("cost_0"), ObjectiveDirection.Minimize),
                choice => sign * problem.ScoreOf(choice) <= (sign * bound) + 1e-9)!.Value;
            Assert.Equal(SearchStatus.Optimal, result.Status);
            Assert.Equal(best.Objective, result.Objective, 1e-9);
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void Solve_ExactLeavesAGap_MipTakesOver()
    {
        SearchProblem problem = DemoLibrary.Problem with { Constraints = DemoLibrary.Goldens()[0].Constraints };
        SearchResult result = new ArchitectureSolver(
            new ArchitectureSolverOptions { ExactShare = 1e-6, TimeLimit = TimeSpan.FromMinutes(2) })
            .Solve(problem, TestContext.Current.CancellationToken);
        Assert.Equal(SearchStatus.Optimal, result.Status);
        Assert.Equal(6.861455318910885, result.Objective, 1e-8);
    }
}
