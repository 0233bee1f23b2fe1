using CsCheck;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class ExactArchitectureSolverTests
{
    private static readonly ExactArchitectureSolver Solver = new();

    [Fact]
    public void Solve_PublishedProblems_ProvesThePublishedOptima()
    {
        SearchProblem problem = DemoLibrary.Problem;
        var previous = new List<IReadOnlyList<LayerChoice>>();
        foreach (DemoLibrary.Golden golden in DemoLibrary.Goldens())
        {
            if (golden.Distance == 0)
                previous.Clear();
            SearchResult result = Solver.Solve(
                problem with { Constraints = golden.Constraints, PreviousArchitectures = [.. previous], MinimumDistance = golden.Distance },
                TestContext.Current.CancellationToken);
            Assert.Equal(SearchStatus.Optimal, result.Status);
            Assert.Equal(golden.Objective, result.Objective, 1e-8);
            Assert.Equal(golden.Choice, result.Choice.Select(choice => choice.VariantIndex));
            previous.Add(result.Choice);
        }
    }

    [Fact]
    public void Solve_ParentAtItsOwnBudget_IsTheParent()
    {
        SearchProblem problem = DemoLibrary.Problem;
        SearchResult result = Solver.Solve(
            problem with
            {
                Constraints = [new ResourceConstraint(DemoLibrary.Memory, 80 * 1437.109375),
                    new ResourceConstraint(DemoLibrary.Runtime, 80 * 816.9723410644532)],
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(SearchStatus.Optimal, result.Status);
        Assert.Equal(0, result.Objective);
    }

    [Fact]
    public void Solve_RandomProblems_AgreesWithBruteForce()
    {
        RandomProblems.Problems.Sample(
            problem =>
            {
                SearchResult result = Solver.Solve(problem);
                var best = RandomProblems.BruteForce(problem);
                Assert.Equal(best is null ? SearchStatus.Infeasible : SearchStatus.Optimal, result.Status);
                if (best is not null)
                    Assert.Equal(best.Value.Objective, result.Objective, 1e-12);
            },
            iter: 5000,
            threads: 1);
    }
}
