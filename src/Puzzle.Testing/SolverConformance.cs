using Microsoft.Extensions.DependencyInjection;
using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Testing;

/// <summary>What every <see cref="IArchitectureSolver"/> must do. Derive, create the solver, run the tests.</summary>
public abstract class SolverConformance
{
    private const int Problems = 60;

    // Sums in double depend on their order, and so does which of two equal sums is less.
    private const double Rounding = 1e-9;

    /// <summary>Gives the seeds of the random problems.</summary>
    public static TheoryData<int> Seeds { get; } = [.. Enumerable.Range(0, Problems)];

    /// <summary>Gets a value indicating whether the solver finds an answer wherever there is one, and says so where there is none.
    /// False for heuristics; true by default.</summary>
    protected virtual bool IsComplete => true;

    /// <summary>Creates the solver.</summary>
    protected abstract IArchitectureSolver CreateSolver();

    /// <summary>An answer keeps to every bound, its numbers are the problem's own, and what it calls optimal no other choice
    /// beats.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Solve_RandomProblem_AgreesWithBruteForce(int seed)
    {
        SearchProblem problem = TestProblems.Random(seed);
        IReadOnlyList<LayerChoice>? best = TestProblems.Best(problem);

        SearchResult result = CreateSolver().Solve(problem);

        if (!result.HasAnswer)
        {
            Assert.True(result.Status != SearchStatus.Infeasible || best is null, "There is an answer, but the solver says there is none.");
            Assert.True(!IsComplete || best is null, "There is an answer, but the solver found none.");
            return;
        }
        Assert.NotNull(best);
        Assert.Equal(Enumerable.Range(0, problem.Layers.Count), result.Choice.Select(choice => choice.Layer));
        Assert.All(result.Choice, choice => Assert.Equal(
            choice.VariantName, problem.Layers[choice.Layer][choice.VariantIndex].Name));
        Assert.Equal(problem.ScoreOf(result.Choice), result.Objective);
        Assert.All(problem.TotalsOf(result.Choice), total => Assert.Equal(total.Value, result.Totals[total.Key]));
        Assert.All(problem.Constraints, constraint => Assert.True(constraint.IsMetBy(result.Totals[constraint.Cost])));
        double least = problem.ScoreOf(best), tolerance = Rounding * (1 + Math.Abs(least));
        Assert.True(result.Objective >= least - tolerance, "The score is better than any choice's.");
        if (result.Status == SearchStatus.Optimal)
            Assert.Equal(least, result.Objective, tolerance);
    }

    /// <summary>A looser bound never makes a proven answer worse.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Solve_LooserBound_IsNoWorse(int seed)
    {
        SearchProblem tight = TestProblems.Random(seed);
        SearchProblem loose = tight with
        {
            Constraints = [.. tight.Constraints.Select(constraint => constraint with { Maximum = constraint.Maximum * 1.3 })],
        };

        SearchResult before = CreateSolver().Solve(tight), after = CreateSolver().Solve(loose);

        if (before.Status == SearchStatus.Optimal && after.Status == SearchStatus.Optimal)
            Assert.True(after.Objective <= before.Objective + (Rounding * (1 + Math.Abs(before.Objective))));
        Assert.False(before.HasAnswer && after.Status == SearchStatus.Infeasible);
    }

    /// <summary>That there is no answer is a result that says why.</summary>
    [Fact]
    public void Solve_ImpossibleBound_IsAResult()
    {
        SearchProblem problem = TestProblems.Random(0) with { Constraints = [new(CostName.Memory, 1e-3)] };

        SearchResult result = CreateSolver().Solve(problem);

        Assert.False(result.HasAnswer);
        Assert.Empty(result.Choice);
        if (IsComplete)
            Assert.Equal(SearchStatus.Infeasible, result.Status);
        if (result.Status == SearchStatus.Infeasible)
            Assert.NotNull(result.Infeasibility);
    }

    /// <summary>The same problem has the same answer, also for many threads at once.</summary>
    [Fact]
    public async Task Solve_SameProblemOnManyThreads_GivesTheSameAnswer()
    {
        SearchProblem problem = TestProblems.Random(1);
        IArchitectureSolver solver = CreateSolver();

        SearchResult[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => solver.Solve(problem))));

        Assert.All(results, result => Assert.Equal(results[0].Choice, result.Choice));
        Assert.Equal(results[0].Choice, CreateSolver().Solve(problem).Choice);
    }

    /// <summary>A problem that means nothing is refused.</summary>
    [Fact]
    public void Solve_MalformedProblem_Throws()
    {
        SearchProblem problem = TestProblems.Random(2);
        SearchVariant first = problem.Layers[0][0];
        SearchVariant[] wrong =
        [
            first with { Score = double.NaN },
            first with { Costs = new Dictionary<CostName, double>(first.Costs) { [CostName.Memory] = -1 } },
            first with { Costs = new Dictionary<CostName, double>() },
            first with { Name = problem.Layers[0][1].Name },
        ];

        Assert.ThrowsAny<ArgumentException>(() => CreateSolver().Solve(null!));
        Assert.ThrowsAny<ArgumentException>(() => CreateSolver().Solve(problem with { Layers = [] }));
        Assert.All(wrong, variant => Assert.ThrowsAny<ArgumentException>(() => CreateSolver().Solve(
            problem with { Layers = [[variant, .. problem.Layers[0].Skip(1)], .. problem.Layers.Skip(1)] })));
    }

    /// <summary>A search that is canceled before it begins does not end as if it had been made.</summary>
    [Fact]
    public void Solve_Canceled_Throws() => Assert.ThrowsAny<OperationCanceledException>(
        () => CreateSolver().Solve(TestProblems.Random(3), new CancellationToken(canceled: true)));

    /// <summary>What results depend on is said in one line, the same for two solvers of the same settings.</summary>
    [Fact]
    public void Settings_AreOneLine() => SettingsCheck.Check(CreateSolver().Settings, CreateSolver().Settings);

    /// <summary>The solver can be the one that a run uses.</summary>
    [Fact]
    public void UseSolver_ResolvesIt() => RegistrationCheck.Check(builder => builder.UseSolver(_ => CreateSolver()), CreateSolver());
}
