namespace Puzzle.Search.Solving;

/// <summary>
/// One problem given to a mixed-integer solver. What the solver says is not taken on trust: answers are checked in double, and
/// the best one is confirmed in whole numbers among the choices that could still beat it, ever finer as these come closer.
/// </summary>
internal sealed class MipSearch(SearchProblem problem, ChoiceModel model, IMipBackend backend, double relativeGap, Func<TimeSpan> left)
{
    // How often an answer may break a bound by the solver's tolerance: that answer alone is forbidden, and the search repeated.
    private const int Attempts = 25;

    // Scores are confirmed again when the choices that are left lie this much closer together than those compared before.
    private const double Closer = 1.0 / 1024;

    private readonly CpSatBackend _exact = new();

    /// <summary>Searches; the items of the outcome are the model's.</summary>
    public SearchOutcome Run(CancellationToken cancellationToken)
    {
        SearchOutcome outcome = Ask(backend, model, cancellationToken);
        if (relativeGap > 0 && outcome.Items is not null)
            return outcome with { Status = SearchStatus.Feasible };
        outcome = Confirm(outcome, cancellationToken);
        return outcome.Status == SearchStatus.Optimal
            ? outcome with { Items = FirstOfEquals(outcome.Items!, cancellationToken) }
            : outcome;
    }

    private SearchOutcome Confirm(SearchOutcome outcome, CancellationToken cancellationToken)
    {
        bool isExact = backend is CpSatBackend;
        if (isExact && outcome.Items is null)
            return outcome;
        int[]? best = outcome.Items;
        double bound = best is null ? double.NegativeInfinity : outcome.Bound;
        double compared = isExact && outcome.IsComplete ? Spread(model, cancellationToken) : double.PositiveInfinity;
        while (true)
        {
            ChoiceModel part = best is null ? model : ChoicesWithin.Of(model, best, Score(best), cancellationToken);
            double spread = Spread(part, cancellationToken);
            if (best is not null && (part.Items == best.Length || spread == 0 || spread > compared * Closer))
                return new SearchOutcome(SearchStatus.Optimal, best, Score(best));
            SearchOutcome confirmed = Ask(_exact, part, cancellationToken);
            best = Better(best, confirmed.Items);
            if (best is null)
                return confirmed;
            if (!confirmed.IsComplete)
                return new SearchOutcome(SearchStatus.Feasible, best, Math.Min(Math.Max(bound, confirmed.Bound), Score(best)));
            compared = spread;
        }
    }

    private int[]? Better(int[]? best, int[]? other)
        => other is not null && (best is null || Score(other) < Score(best)) ? other : best;

    /// <summary>Solves a part of the model with a backend; the items of the outcome are the whole model's.</summary>
    private SearchOutcome Ask(IMipBackend solver, ChoiceModel part, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt <= Attempts; attempt++)
        {
            TimeSpan limit = left();
            cancellationToken.ThrowIfCancellationRequested();
            if (BackendModel.Build(part, cancellationToken) is not { } scaled)
                return SearchOutcome.Infeasible;
            if (limit <= TimeSpan.Zero)
                break;
            SearchOutcome outcome = solver.Solve(scaled, limit, relativeGap, cancellationToken);
            if (outcome.Items is null || AnswerBuilder.IsValid(problem, part.Choices(outcome.Items)))
                return outcome.Items is null ? outcome : outcome with { Items = Array.ConvertAll(outcome.Items, part.SourceItem) };
            part = part.Without(outcome.Items);
        }
        return SearchOutcome.Unsolved();
    }

    private int[] FirstOfEquals(int[] items, CancellationToken cancellationToken)
    {
        int[] first = TieBreaking.First(model, items, left(), cancellationToken);
        return AnswerBuilder.IsValid(problem, model.Choices(first)) ? first : items;
    }

    private double Score(int[] items) => items.Sum(item => model.Scores[item]);

    private static double Spread(ChoiceModel part, CancellationToken cancellationToken)
        => BackendModel.Build(part, cancellationToken)?.Spread ?? 0;
}
