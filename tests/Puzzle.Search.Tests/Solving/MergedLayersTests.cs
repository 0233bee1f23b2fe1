using CsCheck;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class MergedLayersTests
{
    private static readonly CostName Cost = new("cost");

    [Theory]
    [InlineData(MipBackend.CpSat)]
    [InlineData(MipBackend.Scip)]
    public void Solve_VariantsOfSeveralLayers_CoversEveryLayerOnce(MipBackend backend)
    {
        var solver = new ArchitectureSolver(new ArchitectureSolverOptions { General = backend });
        Gen.Int[0, int.MaxValue - 1].Sample(
            seed =>
            {
                SearchProblem problem = Create(new Random(seed));
                SearchResult result = solver.Solve(problem);
                double best = Best(problem, 0, 0, 0);
                Assert.Equal(double.IsInfinity(best) ? SearchStatus.Infeasible : SearchStatus.Optimal, result.Status);
                if (result.HasAnswer)
                    Assert.Equal(best, result.Objective, 1e-9);
            },
            iter: 30,
            threads: 1);
    }

    [Fact]
    public void Solve_ExactWithMergedLayers_SaysItDoesNotTakeThem()
        => Assert.Throws<NotSupportedException>(
            () => new ExactArchitectureSolver().Solve(Create(new Random(1)), TestContext.Current.CancellationToken));

    private static SearchProblem Create(Random random)
    {
        const int Layers = 6;
        return new SearchProblem
        {
            Layers = [.. Enumerable.Range(0, Layers)
                .Select(layer => (IReadOnlyList<SearchVariant>)[.. Enumerable.Range(0, 4).Select(index =>
                new SearchVariant(
                    $"v{index}", random.NextDouble() * (1 + index), new Dictionary<CostName, double> { [Cost] = random.NextDouble() * 4 })
                {
                    IsParent = index == 0,
                    Span = Math.Min(index < 2 ? 1 : index, Layers - layer),
                })])],
            Constraints = [new ResourceConstraint(Cost, 3 + (5 * random.NextDouble()))],
        };
    }

    private static double Best(SearchProblem problem, int layer, double score, double cost)
    {
        if (layer == problem.Layers.Count)
            return problem.Constraints[0].IsMetBy(cost) ? score : double.PositiveInfinity;
        return problem.Layers[layer].Min(variant => Best(problem, layer + variant.Span, score + variant.Score, cost + variant.Costs[Cost]));
    }
}
