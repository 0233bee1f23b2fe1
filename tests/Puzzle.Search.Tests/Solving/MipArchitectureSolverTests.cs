using CsCheck;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class MipArchitectureSolverTests
{
    [Theory]
    [InlineData(MipBackend.CpSat)]
    [InlineData(MipBackend.Scip)]
    [InlineData(MipBackend.Cbc)]
    public void Solve_PublishedProblems_ProvesThePublishedOptima(MipBackend backend)
    {
        SearchProblem problem = DemoLibrary.Problem;
        var solver = new MipArchitectureSolver(new MipSolverOptions { Backend = backend });
        foreach (DemoLibrary.Golden golden in DemoLibrary.Goldens().Take(3))
        {
            SearchResult result = solver.Solve(problem with { Constraints = golden.Constraints }, TestContext.Current.CancellationToken);
            Assert.Equal(SearchStatus.Optimal, result.Status);
            Assert.Equal(golden.Objective, result.Objective, 1e-8);
            Assert.Equal(golden.Choice, result.Choice.Select(choice => choice.VariantIndex));
        }
    }

    [Theory]
    [InlineData(MipBackend.CpSat)]
    [InlineData(MipBackend.Scip)]
    [InlineData(MipBackend.Cbc)]
    public void Solve_ParentAtItsOwnBudget_IsTheParent(MipBackend backend)
    {
        SearchProblem problem = DemoLibrary.Problem;
        var totals = problem.TotalsOf(problem.ParentChoice());
        SearchResult result = new MipArchitectureSolver(new MipSolverOptions { Backend = backend }).Solve(
            problem with
            {
                Constraints = [new ResourceConstraint(DemoLibrary.Memory, 80 * 1437.109375),
                    new ResourceConstraint(DemoLibrary.Runtime, 80 * 816.9723410644532)],
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(SearchStatus.Optimal, result.Status);
        Assert.Equal(0, result.Objective);
        Assert.Equal(totals[DemoLibrary.Runtime], result.Totals[DemoLibrary.Runtime]);
    }

    [Theory]
    [InlineData(MipBackend.CpSat, 300)]
    [InlineData(MipBackend.Scip, 100)]
    [InlineData(MipBackend.Cbc, 100)]
    public void Solve_RandomProblems_AgreesWithBruteForce(MipBackend backend, int problems)
    {
        var solver = new MipArchitectureSolver(new MipSolverOptions { Backend = backend });
        RandomProblems.Problems.Sample(
            problem =>
            {
                SearchResult result = solver.Solve(problem);
                var best = RandomProblems.BruteForce(problem);
                Assert.Equal(best is null ? SearchStatus.Infeasible : SearchStatus.Optimal, result.Status);
                if (best is not null)
                    Assert.Equal(best.Value.Objective, result.Objective, 1e-9);
                else
                    Assert.NotNull(result.Infeasibility);
            },
            iter: problems,
            threads: 1);
    }

    [Fact]
    public void Solve_Canceled_Throws()
    {
        SearchProblem problem = RandomProblems.Create(new Random(1), 3, 1, lattice: false, previous: 0);
        Assert.ThrowsAny<OperationCanceledException>(
            () => new MipArchitectureSolver().Solve(problem, new CancellationToken(canceled: true)));
    }

    /// <summary>Scores and costs on a coarse lattice: most problems have several best answers.</summary>
    [Fact]
    public void Solve_EqualAnswers_EveryBackendGivesTheOneOfTheExactSolver() => Gen.Int[0, int.MaxValue - 1].Sample(
        seed =>
        {
            SearchProblem problem = RandomProblems.Create(new Random(seed), 5, 2, lattice: true, previous: 1);
            SearchResult expected = new ExactArchitectureSolver().Solve(problem);
            foreach (MipBackend backend in Enum.GetValues<MipBackend>())
                Assert.Equal(expected.Choice, new MipArchitectureSolver(new MipSolverOptions { Backend = backend }).Solve(problem).Choice);
        },
        iter: 60,
        threads: 1);

    [Fact]
    public void Solve_OnSeveralThreads_GivesTheSame()
    {
        SearchProblem[] problems = [.. Enumerable.Range(0, 8)
            .Select(seed => RandomProblems.Create(new Random(seed), 5, 2, lattice: true, previous: 1))];
        IArchitectureSolver[] solvers = [new ArchitectureSolver(), new MipArchitectureSolver()];
        foreach (IArchitectureSolver solver in solvers)
        {
            SearchResult[] alone = [.. problems.Select(problem => solver.Solve(problem))];
            SearchResult[] together = [.. problems.AsParallel().AsOrdered().WithDegreeOfParallelism(4)
                .Select(problem => solver.Solve(problem))];
            Assert.Equal(alone.SelectMany(result => result.Choice), together.SelectMany(result => result.Choice));
        }
    }
}
