using Puzzle.Measurement;

namespace Puzzle.Search.Solving;

/// <summary>Builds results, recomputing every number from the problem, and checks answers against it.</summary>
internal static class AnswerBuilder
{
    /// <summary>Checks a choice in double arithmetic against everything the problem asks.</summary>
    public static bool IsValid(SearchProblem problem, IReadOnlyList<LayerChoice> choices)
    {
        int next = 0;
        foreach (LayerChoice choice in choices)
        {
            if (choice.Layer != next)
                return false;
            next += problem.Layers[choice.Layer][choice.VariantIndex].Span;
        }
        if (next != problem.Layers.Count)
            return false;
        foreach (ResourceConstraint constraint in problem.Constraints)
        {
            if (!constraint.IsMetBy(Total(problem, choices, constraint.Cost)))
                return false;
        }
        return problem.PreviousArchitectures.All(previous => Distance(problem, choices, previous) >= problem.MinimumDistance)
            && RestrictionCheck.AreMet(problem, choices);
    }

    /// <summary>Describes a valid choice.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="choices">The choice.</param>
    /// <param name="bound">The bound proven, in the problem's own direction; null when proven best.</param>
    /// <param name="solver">The solver's name.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="shadowPrices">A price for each constraint, when known.</param>
    public static SearchResult Answer(
        SearchProblem problem,
        IReadOnlyList<LayerChoice> choices,
        double? bound,
        string solver,
        TimeSpan elapsed,
        double[]? shadowPrices = null)
    {
        double objective = problem.ScoreOf(choices);
        double sign = problem.Direction == ObjectiveDirection.Minimize ? 1 : -1;
        bool isProven = bound is null || sign * (objective - bound) <= ScoreTolerance.Of(problem);
        IReadOnlyDictionary<CostName, double> totals = problem.TotalsOf(choices);
        var reports = new ConstraintReport[problem.Constraints.Count];
        for (int i = 0; i < reports.Length; i++)
        {
            ResourceConstraint constraint = problem.Constraints[i];
            double total = Total(problem, choices, constraint.Cost);
            double above = constraint.Minimum > 0 ? total - constraint.Minimum : double.PositiveInfinity;
            double slack = Math.Min(constraint.Maximum - total, above);
            reports[i] = new ConstraintReport(constraint, total, slack, shadowPrices?[i]);
        }
        return new SearchResult
        {
            Status = isProven ? SearchStatus.Optimal : SearchStatus.Feasible,
            Solver = solver,
            Elapsed = elapsed,
            Choice = choices,
            Objective = objective,
            Bound = isProven ? objective : bound!.Value,
            Totals = totals,
            Constraints = reports,
        };
    }

    private static double Total(SearchProblem problem, IReadOnlyList<LayerChoice> choices, CostName cost)
    {
        double total = problem.FixedCosts.GetValueOrDefault(cost);
        foreach (LayerChoice choice in choices)
            total += problem.Layers[choice.Layer][choice.VariantIndex].Costs[cost];
        return total;
    }

    private static int Distance(SearchProblem problem, IReadOnlyList<LayerChoice> choices, IReadOnlyList<LayerChoice> previous)
    {
        HashSet<(int, int)> earlier = [.. previous.Select(choice => (choice.Layer, choice.VariantIndex))];
        int same = choices
            .Where(choice => earlier.Contains((choice.Layer, choice.VariantIndex)))
            .Sum(choice => problem.Layers[choice.Layer][choice.VariantIndex].Span);
        return problem.Layers.Count - same;
    }
}
