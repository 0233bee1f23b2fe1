using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class DiverseSearchTests
{
    [Fact]
    public void SolveDiverse_PublishedLibrary_DiffersPairwiseAndGetsWorse()
    {
        SearchProblem problem = DemoLibrary.Problem with { Constraints = DemoLibrary.Goldens()[2].Constraints };
        SearchResult[] results = [.. new ExactArchitectureSolver()
            .SolveDiverse(problem, 4, DiverseSearch.Distance(0.8, 80), TestContext.Current.CancellationToken)];
        Assert.Equal(4, results.Length);
        Assert.All(results, result => Assert.Equal(SearchStatus.Optimal, result.Status));
        for (int i = 1; i < results.Length; i++)
        {
            Assert.True(results[i].Objective >= results[i - 1].Objective);
            for (int j = 0; j < i; j++)
                Assert.True(results[i].Choice.Zip(results[j].Choice).Count(pair => pair.First != pair.Second) >= 16);
        }
    }

    [Fact]
    public void SolveDiverse_FewArchitectures_EndsEarly()
    {
        SearchProblem problem = RandomProblems.Create(new Random(1), 2, 0, lattice: false, previous: 0);
        int all = problem.Layers.Select(layer => layer.Count).Aggregate(1, (product, count) => product * count);
        Assert.Equal(all, new ExactArchitectureSolver().SolveDiverse(problem, 1000, 1, TestContext.Current.CancellationToken).Count());
    }

    [Theory]
    [InlineData(0.8, 80, 16)]
    [InlineData(0.75, 80, 20)]
    [InlineData(1, 80, 0)]
    [InlineData(0.9, 7, 1)]
    public void Distance_Share_RoundsUp(double share, int layers, int expected) =>
        Assert.Equal(expected, DiverseSearch.Distance(share, layers));
}
