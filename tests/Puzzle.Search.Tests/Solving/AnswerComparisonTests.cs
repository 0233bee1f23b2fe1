using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Solving;

namespace Puzzle.Tests.Solving;

public sealed class AnswerComparisonTests
{
    /// <summary>Scores from 0 to 1e-5: differences of 1e-9 are real.</summary>
    private static readonly SearchProblem Problem = RandomProblems.Create(new Random(1), 3, 0, lattice: false, previous: 0) with
    {
        Direction = ObjectiveDirection.Minimize,
        Layers = [.. Enumerable.Repeat<IReadOnlyList<SearchVariant>>(
            [new("a", 0, new Dictionary<CostName, double>()), new("b", 1e-5, new Dictionary<CostName, double>())], 3)],
    };

    [Fact]
    public void Better_SecondCallsAWorseAnswerOptimal_FirstStands()
    {
        SearchResult better = AnswerComparison.Better(
            Problem, Result(SearchStatus.Feasible, 2e-6, 1e-6), Result(SearchStatus.Optimal, 2.001e-6, 2.001e-6));
        Assert.Equal(2e-6, better.Objective);
        Assert.Equal(1e-6, better.Bound);
        Assert.Equal(SearchStatus.Feasible, better.Status);
    }

    [Fact]
    public void Better_SecondDeniesAnAnswer_FirstStands()
    {
        SearchResult better = AnswerComparison.Better(
            Problem, Result(SearchStatus.Feasible, 2e-6, 1e-6), Result(SearchStatus.Infeasible, double.NaN, double.NaN));
        Assert.Equal((SearchStatus.Feasible, 2e-6, 1e-6), (better.Status, better.Objective, better.Bound));
    }

    [Fact]
    public void Better_FirstAnswerMeetsSecondBound_IsProven()
    {
        SearchResult better = AnswerComparison.Better(
            Problem, Result(SearchStatus.Feasible, 2e-6, 1e-6), Result(SearchStatus.Feasible, 3e-6, 2e-6));
        Assert.Equal((SearchStatus.Optimal, 2e-6, 2e-6), (better.Status, better.Objective, better.Bound));
    }

    [Fact]
    public void Better_Maximizing_TakesTheLargerAnswerAndTheSmallerBound()
    {
        SearchProblem problem = Problem with { Direction = ObjectiveDirection.Maximize };
        SearchResult better = AnswerComparison.Better(
            problem, Result(SearchStatus.Feasible, 2e-6, 9e-6), Result(SearchStatus.Feasible, 3e-6, 8e-6));
        Assert.Equal((SearchStatus.Feasible, 3e-6, 8e-6), (better.Status, better.Objective, better.Bound));
    }

    [Fact]
    public void Better_OnlyTheSecondKnowsSomething_ItIsTaken()
    {
        SearchResult nothing = Result(SearchStatus.Unsolved, double.NaN, 1e-6);
        Assert.Equal(SearchStatus.Infeasible, AnswerComparison.Better(
            Problem, nothing, Result(SearchStatus.Infeasible, double.NaN, double.NaN)).Status);
        Assert.Equal(SearchStatus.Optimal, AnswerComparison.Better(
            Problem, nothing, Result(SearchStatus.Optimal, 2e-6, 2e-6)).Status);
    }

    private static SearchResult Result(SearchStatus status, double objective, double bound)
        => new() { Status = status, Solver = "made up", Objective = objective, Bound = bound };
}
