using CsCheck;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class ExactPropertyTests
{
    private static readonly ExactArchitectureSolver Solver = new();

    [Fact]
    public void Solve_LooserBudget_IsNeverWorse() => RandomProblems.Problems.Sample(
        problem =>
        {
            SearchResult tight = Solver.Solve(problem);
            SearchResult loose = Solver.Solve(problem with { Constraints = [.. problem.Constraints.Select(
                c => c with { Maximum = c.Maximum * 1.1, Minimum = c.Minimum * 0.9 })] });
            Assert.True(!tight.HasAnswer || IsNoWorse(problem, loose.Objective, tight.Objective));
        },
        iter: 500,
        threads: 1);

    [Fact]
    public void Solve_MoreVariants_IsNeverWorse() => RandomProblems.Problems.Sample(
        problem =>
        {
            SearchResult fewer = Solver.Solve(problem);
            SearchVariant extra = problem.Layers[0][0] with { Name = "extra", Score = problem.Layers[0][0].Score * 0.5 };
            SearchResult more = Solver.Solve(problem with { Layers = [[.. problem.Layers[0], extra], .. problem.Layers.Skip(1)] });
            Assert.True(!fewer.HasAnswer || IsNoWorse(problem, more.Objective, fewer.Objective));
        },
        iter: 500,
        threads: 1);

    [Fact]
    public void Solve_ScaledCosts_ChoosesTheSame() => RandomProblems.Problems.Sample(
        problem =>
        {
            const double Scale = 1024;
            SearchProblem scaled = problem with
            {
                Layers = [.. problem.Layers.Select(layer => (IReadOnlyList<SearchVariant>)[.. layer.Select(variant => variant with
                {
                    Costs = variant.Costs.ToDictionary(cost => cost.Key, cost => cost.Value * Scale),
                })])],
                FixedCosts = problem.FixedCosts.ToDictionary(cost => cost.Key, cost => cost.Value * Scale),
                Constraints = [.. problem.Constraints.Select(c => c with { Maximum = c.Maximum * Scale, Minimum = c.Minimum * Scale })],
            };
            Assert.Equal(Solver.Solve(problem).Choice, Solver.Solve(scaled).Choice);
        },
        iter: 500,
        threads: 1);

    [Fact]
    public void Solve_PermutedLayers_PermutesTheAnswer() => Gen.Int[0, int.MaxValue - 1].Sample(
        seed =>
        {
            SearchProblem problem = RandomProblems.Create(new Random(seed), 5, 2, lattice: false, previous: 0);
            int[] order = [3, 0, 4, 1, 2];
            SearchResult result = Solver.Solve(problem);
            SearchResult permuted = Solver.Solve(problem with { Layers = [.. order.Select(layer => problem.Layers[layer])] });
            Assert.Equal(result.Status, permuted.Status);
            if (result.HasAnswer)
                Assert.Equal(
                    order.Select(layer => result.Choice[layer].VariantIndex), permuted.Choice.Select(choice => choice.VariantIndex));
        },
        iter: 500,
        threads: 1);

    [Fact]
    public void Solve_EqualAnswers_TakesTheEarliestVariants()
    {
        var costs = new Dictionary<CostName, double> { [new CostName("c")] = 1 };
        SearchVariant[] twins = [new("a", 1, costs), new("b", 1, costs), new("c", 1, costs)];
        SearchResult result = Solver.Solve(
            new SearchProblem { Layers = [.. Enumerable.Repeat(twins, 20)], Constraints = [new ResourceConstraint(new CostName("c"), 20)] },
            TestContext.Current.CancellationToken);
        Assert.All(result.Choice, choice => Assert.Equal("a", choice.VariantName));
    }

    [Fact]
    public void Solve_CostsFarApart_IsNeverWrong() => Gen.Int[0, int.MaxValue - 1].Sample(
        seed =>
        {
            var random = new Random(seed);
            SearchProblem problem = RandomProblems.Create(random, 4, 2, lattice: false, previous: 0);
            problem = problem with
            {
                Layers = [.. problem.Layers.Select(layer => (IReadOnlyList<SearchVariant>)[.. layer.Select(variant => variant with
                {
                    Score = variant.Score * Math.Pow(10, random.Next(-12, 13)),
                    Costs = variant.Costs.ToDictionary(cost => cost.Key, cost => cost.Value * Math.Pow(10, random.Next(-12, 13))),
                })])],
                FixedCosts = new Dictionary<CostName, double>(),
            };
            LayerChoice[] any = [.. problem.Layers.Select((layer, i) => problem.Choose(i, layer[random.Next(layer.Count)].Name))];
            problem = problem
                with { Constraints = [.. problem.TotalsOf(any).Select(total => new ResourceConstraint(total.Key, total.Value))] };
            SearchResult result = Solver.Solve(problem);
            (double best, _) = RandomProblems.BruteForce(problem)!.Value;
            Assert.Equal(SearchStatus.Optimal, result.Status);
            Assert.Equal(best, result.Objective, Math.Abs(best) * 1e-9);
        },
        iter: 1000,
        threads: 1);

    [Fact]
    public void Solve_Impossible_ReportsWhatIsTrue() => RandomProblems.Problems.Sample(
        problem =>
        {
            SearchResult result = Solver.Solve(problem);
            if (result.Status != SearchStatus.Infeasible)
                return;
            foreach (AttainableBound bound in result.Infeasibility!.Bounds)
            {
                ObjectiveDirection direction = bound.IsMaximum ? ObjectiveDirection.Minimize : ObjectiveDirection.Maximize;
                SearchProblem extreme = problem.Optimizing(bound.Cost, direction);
                double rest = problem.FixedCosts.GetValueOrDefault(bound.Cost);
                double? alone = RandomProblems.BruteForce(extreme with { Constraints = [] })?.Objective + rest;
                Assert.Equal(alone ?? double.NaN, bound.AttainableAlone, 1e-9);
                double? given = RandomProblems.BruteForce(extreme with { Constraints = Others(problem, bound) })?.Objective + rest;
                Assert.Equal(given.HasValue, bound.AttainableGivenOthers.HasValue);
                Assert.Equal(given ?? 0, bound.AttainableGivenOthers ?? 0, 1e-9);
            }
            ResourceConstraint[] conflicting = [.. result.Infeasibility.Bounds.Where(bound => bound.Conflicts).Select(Side)];
            Assert.Null(RandomProblems.BruteForce(problem with { Constraints = conflicting }));
            Assert.All(conflicting, one => Assert.NotNull(
                RandomProblems.BruteForce(problem with { Constraints = [.. conflicting.Where(other => other != one)] })));
        },
        iter: 500,
        threads: 1);

    [Fact]
    public void Solve_Twice_GivesTheSame()
    {
        SearchProblem problem = RandomProblems.Create(new Random(5), 5, 3, lattice: true, previous: 2) with { MinimumDistance = 1 };
        Assert.Equal(Solver.Solve(problem, TestContext.Current.CancellationToken).Choice,
            new ExactArchitectureSolver().Solve(problem, TestContext.Current.CancellationToken).Choice);
    }

    [Fact]
    public void Solve_NarrowLabels_AnswersWithATrueGap()
    {
        var narrow = new ExactArchitectureSolver(new ExactSolverOptions { LabelLimit = 2 });
        RandomProblems.Problems.Sample(
            problem =>
            {
                SearchResult result = narrow.Solve(problem);
                var best = RandomProblems.BruteForce(problem);
                if (result.Status == SearchStatus.Infeasible)
                    Assert.Null(best);
                if (!result.HasAnswer)
                    return;
                Assert.True(IsNoWorse(problem, best!.Value.Objective, result.Objective));
                Assert.True(IsNoWorse(problem, result.Bound, best.Value.Objective));
            },
            iter: 1000,
            threads: 1);
    }

    [Fact]
    public void Solve_TooFewLabels_BranchesToTheSameProvenAnswer()
    {
        var branching = new ExactArchitectureSolver(new ExactSolverOptions { LabelLimit = 1, TimeLimit = TimeSpan.FromSeconds(5) });
        RandomProblems.Problems.Sample(
            problem =>
            {
                SearchResult expected = Solver.Solve(problem);
                SearchResult result = branching.Solve(problem);
                Assert.Equal(expected.Status, result.Status);
                Assert.Equal(expected.Objective, result.Objective, 1e-12);
            },
            iter: 2000,
            threads: 1);
    }

    [Fact]
    public void Solve_FourBindingBudgetsWithoutLattice_IsProven()
    {
        CostName[] names = [.. Enumerable.Range(0, 4).Select(i => new CostName($"cost_{i}"))];
        var random = new Random(13);
        var problem = new SearchProblem
        {
            Layers = [.. Enumerable.Range(0, 24).Select(_ => (IReadOnlyList<SearchVariant>)[.. Enumerable.Range(0, 60).Select(i =>
                new SearchVariant($"v{i}", random.NextDouble(), names.ToDictionary(name => name, _ => random.NextDouble())))])],
            Constraints = [.. names.Select(name => new ResourceConstraint(name, 24 * 0.3))],
        };
        SearchResult labels = Solver.Solve(problem, TestContext.Current.CancellationToken);
        SearchResult branches = new ExactArchitectureSolver(new ExactSolverOptions { LabelLimit = 1 })
            .Solve(problem, TestContext.Current.CancellationToken);
        Assert.Equal(SearchStatus.Optimal, labels.Status);
        Assert.Equal(SearchStatus.Optimal, branches.Status);
        Assert.Equal(labels.Choice, branches.Choice);
    }

    private static bool IsNoWorse(SearchProblem problem, double value, double than)
        => problem.Direction == ObjectiveDirection.Minimize ? value <= than + 1e-9 : value >= than - 1e-9;

    private static ResourceConstraint Side(AttainableBound bound)
        => bound.IsMaximum ? new ResourceConstraint(bound.Cost, bound.Limit) : new ResourceConstraint(bound.Cost, Minimum: bound.Limit);

    private static ResourceConstraint[] Others(SearchProblem problem, AttainableBound bound) =>
        [.. problem.Constraints.Select(constraint => constraint.Cost != bound.Cost ? constraint
            : bound.IsMaximum ? constraint with { Maximum = double.PositiveInfinity } : constraint with { Minimum = 0 })];
}
