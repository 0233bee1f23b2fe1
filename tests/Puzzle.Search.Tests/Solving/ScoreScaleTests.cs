using CsCheck;
using Puzzle.Search;
using Puzzle.Search.Interchange;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

/// <summary>Backends called wrong answers optimal where scores are small, and the default took them over better ones.</summary>
public sealed class ScoreScaleTests
{
    public static TheoryData<string, int> Solvers() => new()
    {
        { "exact", 2000 },
        { "default", 500 },
        { "handed over", 60 },
        { "CpSat", 60 },
        { "Scip", 60 },
        { "Cbc", 60 },
    };

    [Theory]
    [MemberData(nameof(Solvers))]
    public void Solve_ScoresOfAnySize_AgreesWithBruteForce(string name, int problems)
    {
        IArchitectureSolver solver = Solver(name, TimeSpan.FromMinutes(1));
        ScaledProblems.Problems.Sample(
            problem => ScaledProblems.CheckAgainstAll(problem, solver.Solve(problem)),
            iter: ScaledProblems.Count(name, problems),
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void Solve_LargestScoreOfAHundredThousandth_FindsTheOptimum(string name, int problems)
    {
        Assert.True(problems > 0);
        SearchResult result = Solver(name, TimeSpan.FromMinutes(1)).Solve(Faulty("lib_1e-05", 440), TestContext.Current.CancellationToken);
        Assert.Equal(SearchStatus.Optimal, result.Status);
        Assert.Equal(6.338015e-06, result.Objective, 1e-17);
    }

    /// <summary>Too large for some backends in this time: then the answer may be worse, but not called optimal.</summary>
    [Theory]
    [MemberData(nameof(Solvers))]
    public void Solve_ManySmallScores_CallsNoWorseAnswerOptimal(string name, int problems)
    {
        Assert.True(problems > 0);
        SearchResult result = Solver(name, TimeSpan.FromSeconds(1)).Solve(Faulty("big_1e-05", 2200), TestContext.Current.CancellationToken);
        const double Optimum = 1.6220019e-05;
        Assert.NotEqual(SearchStatus.Infeasible, result.Status);
        if (result.Status == SearchStatus.Optimal)
            Assert.Equal(Optimum, result.Objective, 1e-16);
        else if (result.HasAnswer)
            Assert.InRange(Optimum, result.Bound * (1 - 1e-9), result.Objective * (1 + 1e-9));
    }

    private static SearchProblem Faulty(string folder, double maximum)
    {
        SearchProblem problem = BlockLibraryFile.Read(SharedData.Require($"faults/{folder}/block_library.json")).ToProblem("kl_div");
        return problem with
        {
            Constraints = [.. problem.Layers[0][0].Costs.Keys.Select(cost => new ResourceConstraint(cost, maximum))],
        };
    }

    private static IArchitectureSolver Solver(string name, TimeSpan limit) => name switch
    {
        "exact" => new ExactArchitectureSolver(new ExactSolverOptions { TimeLimit = limit }),
        "default" => new ArchitectureSolver(new ArchitectureSolverOptions { TimeLimit = limit }),
        "handed over" => new ArchitectureSolver(new ArchitectureSolverOptions { TimeLimit = limit, ExactShare = 1e-6 }),
        _ => new MipArchitectureSolver(new MipSolverOptions { TimeLimit = limit, Backend = Enum.Parse<MipBackend>(name) }),
    };
}
