using Puzzle.Measurement;

namespace Puzzle.Search.Solving;

/// <summary>Puts together what two solvers say about one problem.</summary>
internal static class AnswerComparison
{
    /// <summary>
    /// Gives the better answer, compared in double, with the better of the bounds that it does not refute; proven best where both agree.
    /// A solver that calls a worse answer best, or denies that there is one, is wrong in that.
    /// </summary>
    /// <param name="problem">The problem.</param>
    /// <param name="first">What the first solver says; its answer stands where they are equal.</param>
    /// <param name="second">What the second solver says.</param>
    public static SearchResult Better(SearchProblem problem, SearchResult first, SearchResult second)
    {
        if (!first.HasAnswer && !second.HasAnswer)
            return second.Status == SearchStatus.Unsolved ? first : second;
        double sign = problem.Direction == ObjectiveDirection.Minimize ? 1 : -1;
        double Value(SearchResult result) => result.HasAnswer ? sign * result.Objective : double.PositiveInfinity;

        SearchResult better = IsPreferred(second, Value(second), first, Value(first)) ? second : first;
        double value = Value(better);
        double tolerance = ScoreTolerance.Of(problem);
        double bound = double.NegativeInfinity;
        foreach (SearchResult result in new[] { first, second })
        {
            double claimed = sign * result.Bound;
            if (claimed <= value + tolerance)
                bound = Math.Max(bound, Math.Min(claimed, value));
        }
        bool isProven = value - bound <= tolerance;
        return better with
        {
            Status = isProven ? SearchStatus.Optimal : SearchStatus.Feasible,
            Bound = isProven ? better.Objective : sign * bound,
        };
    }

    private static bool IsPreferred(SearchResult result, double value, SearchResult other, double otherValue)
        => value < otherValue || (value == otherValue && result.Status == SearchStatus.Optimal && other.Status != SearchStatus.Optimal);
}
