using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class ChoiceStabilityTests
{
    [Fact]
    public void Measure_ClearAndCloseChoices_TellsThemApart()
    {
        // Layer 0: b is better on every sample. Layer 1: c and d are each better on half of them.
        var library = new ScoredLibrary(
        [
            [Variant("a", [3, 4, 3, 4]), Variant("b", [1, 2, 1, 2])],
            [Variant("c", [1, 2, 1, 2]), Variant("d", [2, 1, 2, 1])],
        ]);
        SearchProblem problem = library.ToProblem("kl_div");
        StabilityReport report = ChoiceStability.Measure(
            library, problem, "kl_div", [problem.Choose(0, "b"), problem.Choose(1, "c")], new ExactArchitectureSolver(), 200, seed: 1,
                TestContext.Current.CancellationToken);
        Assert.Equal(200, report.Resamples);
        Assert.Equal(1, report.Survival[0]);
        Assert.InRange(report.Survival[1], 0.4, 0.85);
        Assert.Equal(report.Survival[1], report.Identical);
    }

    [Fact]
    public void Measure_WithoutSamples_Throws()
    {
        var library = new ScoredLibrary(
            [[new ScoredVariant("a", new Dictionary<string, double> { ["kl_div"] = 1 }, new Dictionary<CostName, double>())]]);
        SearchProblem problem = library.ToProblem("kl_div");
        Assert.Throws<ArgumentException>(() => ChoiceStability.Measure(
            library, problem, "kl_div", problem.Layers[0].Select(v => problem.Choose(0, v.Name)).ToArray(), new ExactArchitectureSolver(),
                cancellationToken: TestContext.Current.CancellationToken));
    }

    private static ScoredVariant Variant(string name, double[] samples)
        => new(name, new Dictionary<string, double> { ["kl_div"] = samples.Average() }, new Dictionary<CostName, double>())
        {
            Samples = new Dictionary<string, IReadOnlyList<double>> { ["kl_div"] = samples },
        };
}
