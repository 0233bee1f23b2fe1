using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Tests.Search;

public sealed class ScoredLibraryTests
{
    private static readonly ScoredLibrary Library = new([[new ScoredVariant(
        "a", new Dictionary<string, double> { ["kl_div"] = 2, ["accuracy"] = 3 }, new Dictionary<CostName,
            double> { [Problems.Cost] = 4 }) { IsParent = true }]]);

    [Fact]
    public void ToProblem_WeightedMetrics_AddsThem()
    {
        SearchProblem problem = Library.ToProblem(new Dictionary<string, double> { ["kl_div"] = 1, ["accuracy"] = -0.5 });
        Assert.Equal(0.5, problem.Layers[0][0].Score);
        Assert.True(problem.Layers[0][0].IsParent);
    }

    [Fact]
    public void ToProblem_UnknownMetric_NamesTheKnownOnes()
        => Assert.Contains(
            "kl_div, accuracy", Assert.Throws<ArgumentException>(() => Library.ToProblem("loss")).Message, StringComparison.Ordinal);
}
