using Puzzle.Measurement;
using Puzzle.Search;

namespace Puzzle.Tests.Search;

public sealed class SearchProblemTests
{
    public static TheoryData<string, SearchProblem> Malformed()
    {
        SearchProblem good = Problems.TwoLayers();
        SearchProblem With(SearchVariant variant) => good with { Layers = [good.Layers[0], [variant]] };
        return new TheoryData<string, SearchProblem>
        {
            { "at least one layer", good with { Layers = [] } },
            { "Layer 1 has no variants", good with { Layers = [good.Layers[0], []] } },
            { "two variants named 'parent'", good with { Layers = [[good.Layers[0][0], good.Layers[0][0]]] } },
            { "score", With(Problems.Variant("x", double.NaN, 1)) },
            { "score", With(Problems.Variant("x", double.PositiveInfinity, 1)) },
            { "cost", With(Problems.Variant("x", 0, double.NaN)) },
            { "not negative", With(Problems.Variant("x", 0, -1)) },
            { "stands for 2 layers", With(Problems.Variant("x", 0, 1) with { Span = 2 }) },
            { "no cost named 'memory'", good with { Constraints = [new ResourceConstraint(new CostName("memory"), 1)] } },
            { "contradict", good with { Constraints = [new ResourceConstraint(Problems.Cost, 1, 2)] } },
            { "must be numbers", good with { Constraints = [new ResourceConstraint(Problems.Cost, double.NaN)] } },
            { "non-block", good with { FixedCosts = new Dictionary<CostName, double> { [Problems.Cost] = -1 } } },
            { "minimum distance", good with { MinimumDistance = -1 } },
            { "names variant 7", good with { PreviousArchitectures = [[new LayerChoice(0, 7, "x")]] } },
            { "out of order", good with { PreviousArchitectures = [[new LayerChoice(1, 0, "x"), new LayerChoice(0, 0, "x")]] } },
            { "does not fit 2 layers", good with { Restrictions = [new TiedLayers(1, 2)] } },
            { "needs the block", good with { Restrictions = [new MaximumDistinctFfns(1)] } },
        };
    }

    [Theory]
    [MemberData(nameof(Malformed), DisableDiscoveryEnumeration = true)]
    public void Validate_MalformedProblem_SaysWhatIsWrong(string message, SearchProblem problem)
        => Assert.Contains(message, Assert.Throws<ArgumentException>(problem.Validate).Message, StringComparison.Ordinal);

    [Fact]
    public void TotalsOf_ParentChoice_AddsBlocksAndTheRest()
    {
        SearchProblem problem = Problems.TwoLayers();
        Assert.Equal(25, problem.TotalsOf(problem.ParentChoice())[Problems.Cost]);
        Assert.Equal(3, problem.ScoreOf([problem.Choose(0, "small"), problem.Choose(1, "small")]));
    }

    [Fact]
    public void Choose_UnknownName_Throws() => Assert.Throws<ArgumentException>(() => Problems.TwoLayers().Choose(0, "none"));

    [Fact]
    public void ParentChoice_WithoutParent_Throws()
    {
        SearchProblem problem = Problems.TwoLayers() with { Layers = [[Problems.Variant("a", 0, 0)]] };
        Assert.Throws<InvalidOperationException>(problem.ParentChoice);
    }

    [Fact]
    public void CheapestWithin_ScoreBound_BecomesACost()
    {
        SearchProblem dual = Problems.TwoLayers().CheapestWithin(Problems.Cost, 1.5);
        dual.Validate();
        Assert.Equal(4, dual.Layers[0][1].Score);
        ResourceConstraint bound = Assert.Single(dual.Constraints);
        Assert.True(bound.IsMetBy(dual.TotalsOf([dual.Choose(0, "small"), dual.Choose(1, "parent")])[CostName.ScoreLost]));
        Assert.False(bound.IsMetBy(dual.TotalsOf([dual.Choose(0, "parent"), dual.Choose(1, "small")])[CostName.ScoreLost]));
    }

    [Fact]
    public void IsMetBy_TotalWithinTolerance_IsMet()
    {
        var constraint = new ResourceConstraint(Problems.Cost, 100, 50);
        Assert.True(constraint.IsMetBy(100 * (1 + 0.9e-9)));
        Assert.False(constraint.IsMetBy(100 * (1 + 1.1e-9)));
        Assert.True(constraint.IsMetBy(50 * (1 - 0.9e-9)));
        Assert.False(constraint.IsMetBy(50 * (1 - 1.1e-9)));
    }
}
