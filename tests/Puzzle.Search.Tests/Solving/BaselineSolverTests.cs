using CsCheck;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class BaselineSolverTests
{
    private static readonly ExactArchitectureSolver Exact = new();

    [Fact]
    public void Solve_AnyBaseline_IsValidAndNoBetterThanTheOptimum()
    {
        IArchitectureSolver[] baselines = [
            new GreedyArchitectureSolver(), new UniformArchitectureSolver(), new RandomArchitectureSolver(7, attempts: 20),
            new DepthArchitectureSolver(Exact)];
        RandomProblems.Problems.Sample(
            problem =>
            {
                SearchResult best = Exact.Solve(problem);
                double sign = problem.Direction == ObjectiveDirection.Minimize ? 1 : -1;
                foreach (SearchResult result in baselines.Select(baseline => baseline.Solve(problem)))
                {
                    Assert.True(result.Status is SearchStatus.Feasible or SearchStatus.Unsolved);
                    if (result.HasAnswer)
                    {
                        Assert.True(sign * result.Objective >= (sign * best.Objective) - 1e-9);
                        Assert.All(problem.Constraints, constraint => Assert.True(constraint.IsMetBy(result.Totals[constraint.Cost])));
                    }
                }
            },
            iter: 500,
            threads: 1);
    }

    [Fact]
    public void Greedy_EqualSharesWithCarry_FollowsThePaper()
    {
        // Layer 1 harms least on average and comes first: its share is 10, the best variant within it costs 6; 4 are carried over.
        SearchProblem problem = Problem(
            [("parent", 0, 20), ("half", 3, 14), ("none", 9, 0)],
            [("parent", 0, 12), ("half", 1, 6), ("none", 2, 0)]);
        SearchResult result = new GreedyArchitectureSolver().Solve(problem, TestContext.Current.CancellationToken);
        Assert.Equal(["half", "half"], result.Choice.Select(choice => choice.VariantName));
    }

    [Fact]
    public void Uniform_SeveralFit_TakesTheBest()
    {
        SearchProblem problem = Problem(
            [("parent", 0, 20), ("half", 3, 10), ("none", 9, 0)],
            [("parent", 0, 20), ("none", 2, 0), ("half", 1, 10)]);
        SearchResult result = new UniformArchitectureSolver().Solve(problem, TestContext.Current.CancellationToken);
        Assert.Equal(["half", "half"], result.Choice.Select(choice => choice.VariantName));
        Assert.Equal([1, 2], result.Choice.Select(choice => choice.VariantIndex));
    }

    [Fact]
    public void Random_SameSeed_SameAnswer()
    {
        SearchProblem problem = DemoLibrary.Problem with { Constraints = [
            new ResourceConstraint(DemoLibrary.Memory, 80_000), new ResourceConstraint(DemoLibrary.Runtime, 51_200)] };
        SearchResult first = new RandomArchitectureSolver(3).Solve(problem, TestContext.Current.CancellationToken);
        Assert.Equal(SearchStatus.Feasible, first.Status);
        Assert.Equal(first.Choice, new RandomArchitectureSolver(3).Solve(problem, TestContext.Current.CancellationToken).Choice);
        Assert.NotEqual(first.Choice, new RandomArchitectureSolver(4).Solve(problem, TestContext.Current.CancellationToken).Choice);
    }

    [Fact]
    public void MaxParameters_WithinBudget_IsTheLargest()
    {
        SearchProblem problem = DemoLibrary.Problem with { Constraints = [new ResourceConstraint(DemoLibrary.Runtime, 40_000)] };
        SearchResult largest = new MaxParametersArchitectureSolver(Exact).Solve(problem, TestContext.Current.CancellationToken);
        SearchResult best = Exact.Solve(problem, TestContext.Current.CancellationToken);
        Assert.True(largest.Totals[CostName.Parameters] > best.Totals[CostName.Parameters]);
        Assert.True(largest.Objective > best.Objective);
        Assert.True(largest.Totals[DemoLibrary.Runtime] <= 40_000);
    }

    [Fact]
    public void Depth_AllSubsetsOfLayers_IsTheBestThatFits()
    {
        double[] harm = [0.9, 0.2, 0.35, 0.1, 0.5], cost = [4, 9, 12, 3, 8];
        SearchProblem problem = new()
        {
            Layers = [.. harm.Select((score, layer) => (IReadOnlyList<SearchVariant>)[
                Variant("gqa-4/64", 0, cost[layer]) with { IsParent = true },
                Variant("gqa-1/64", 0.01, 0.1),
                Variant("noop/noop", score, 0)])],
            Constraints = [new ResourceConstraint(new CostName("c"), 20)],
        };
        SearchResult result = new DepthArchitectureSolver(Exact).Solve(problem, TestContext.Current.CancellationToken);

        double best = Enumerable.Range(0, 1 << harm.Length)
            .Where(kept => Enumerable.Range(0, harm.Length).Sum(layer => (kept >> layer & 1) * cost[layer]) <= 20)
            .Min(kept => Enumerable.Range(0, harm.Length).Sum(layer => (1 - (kept >> layer & 1)) * harm[layer]));
        Assert.Equal(SearchStatus.Feasible, result.Status);
        Assert.Equal(best, result.Objective, 12);
        Assert.All(result.Choice, choice => Assert.NotEqual("gqa-1/64", choice.VariantName));

        static SearchVariant Variant(string name, double score, double cost) =>
            new(name, score, new Dictionary<CostName, double> { [new CostName("c")] = cost });
    }

    [Fact]
    public void Depth_LayersThatCannotBeDropped_ProvesNothing()
    {
        SearchProblem problem = Problem([("parent", 0, 20), ("half", 3, 10)], [("parent", 0, 20), ("half", 1, 10)]);
        SearchResult result = new DepthArchitectureSolver(Exact).Solve(problem, TestContext.Current.CancellationToken);
        Assert.Equal(SearchStatus.Unsolved, result.Status);
        Assert.Equal("depth", result.Solver);
    }

    private static SearchProblem Problem(params (string Name, double Score, double Cost)[][] layers) => new()
    {
        Layers = [.. layers.Select(layer => (IReadOnlyList<SearchVariant>)[.. layer.Select(variant =>
            new SearchVariant(variant.Name, variant.Score, new Dictionary<CostName, double> { [new CostName("c")] = variant.Cost }))])],
        Constraints = [new ResourceConstraint(new CostName("c"), 20)],
    };
}
